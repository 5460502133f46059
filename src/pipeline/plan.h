/*
 * plan.h
 *	  What a run asks for: the slices that are due.
 */
#ifndef ELT_PIPELINE_PLAN_H
#define ELT_PIPELINE_PLAN_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "source/definition.h"

/* Error unless the source can be asked for a span of time. */
extern void PlanCheckSpan(const Pipeline *p, const SourceDefinition *source);

#endif
