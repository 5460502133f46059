/*
 * strategy_check.h
 *	  Which arguments of a pipeline fit its strategy.
 */
#ifndef ELT_MERGE_STRATEGY_CHECK_H
#define ELT_MERGE_STRATEGY_CHECK_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Error unless there is such a strategy. */
extern void StrategyCheckName(const char *strategy);

/* Error unless a pipeline's source and arguments are what its strategy needs. */
extern void StrategyCheck(const Pipeline *p);

/* Error when this much lookback would add rows twice. */
extern void LookbackCheck(const Pipeline *p, const Interval *lookback);

/* Error when there are no tombstones that could be kept so long. */
extern void TombstoneRetentionCheck(const Pipeline *p, const Interval *retention);

/* Error unless update_columns and insert_only_columns name what an update can write or leave. */
extern void UpdateColumnsCheck(const Pipeline *p);

#endif
