/*
 * runtime_limit.h
 *	  Option max_runtime: end the run of this process when it lasts too long.
 */
#ifndef ELT_PIPELINE_RUNTIME_LIMIT_H
#define ELT_PIPELINE_RUNTIME_LIMIT_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* From now on its statement is cancelled after max_runtime, if that is set. */
extern void RuntimeLimitBegin(const Pipeline *p);
/* No longer; returns whether it was cancelled for that. */
extern bool RuntimeLimitEnd(void);
extern ErrorData *RuntimeLimitError(const Pipeline *p);

#endif
