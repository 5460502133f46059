/*
 * changes.h
 *	  Transforms that read what other pipelines have landed since their last run.
 */
#ifndef ELT_PIPELINE_CHANGES_H
#define ELT_PIPELINE_CHANGES_H

#include "postgres.h"
#include "pipeline/execution.h"

/* Error unless the changes of the pipelines that are named can be followed. */
extern void ChangesCheck(const Pipeline *p, const SourceDefinition *source);

/*
 * Determine what has changed since the position, and restrict the source to it; everything is read
 * where that cannot be told. A run keeps the changed keys in a work table until its batch has landed.
 */
extern void ChangesPlan(Execution *e, const char *position);

#endif
