/*
 * plan.h
 *	  Decide which slices a run requests.
 */
#ifndef ELT_PIPELINE_PLAN_H
#define ELT_PIPELINE_PLAN_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "source/definition.h"

/* Error unless the source can be requested for a window. */
extern void PlanCheckSpan(const Pipeline *p, const SourceDefinition *source);

#endif
