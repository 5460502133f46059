/*
 * strategy_check.h
 *	  Check which options of a pipeline fit its strategy.
 */
#ifndef ELT_MERGE_STRATEGY_CHECK_H
#define ELT_MERGE_STRATEGY_CHECK_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "source/definition.h"

/* Error unless a pipeline's source and arguments are what its strategy needs. */
extern void StrategyCheck(const Pipeline *p, const SourceDefinition *source);

/* Error unless the options that only some strategies have fit the pipeline's. */
extern void StrategyCheckOptions(const Pipeline *p);

/* The same after one of them was altered; the target becomes as they need it. */
extern void StrategyOptionsChanged(const Pipeline *p);

/* Error when this much lookback would add rows twice. */
extern void LookbackCheck(const Pipeline *p, const Interval *lookback);

/* Error unless the pipeline keeps tombstones. */
extern void TombstoneRetentionCheck(const Pipeline *p);

/* Error unless update_columns and insert_only_columns name what an update can write or leave. */
extern void UpdateColumnsCheck(const Pipeline *p);

#endif
