/*
 * strategy_check.h
 *	  Which arguments of a pipeline fit its strategy.
 */
#ifndef ELT_STRATEGY_CHECK_H
#define ELT_STRATEGY_CHECK_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Error unless update_columns and insert_only_columns name what an update can write or leave. */
extern void UpdateColumnsCheck(const Pipeline *p);

#endif
