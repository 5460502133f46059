/*
 * file_disposal.h
 *	  Last step of files: move or delete those that have landed or were rejected.
 */
#ifndef ELT_PIPELINE_FILE_DISPOSAL_H
#define ELT_PIPELINE_FILE_DISPOSAL_H

#include "pipeline/execution.h"

/* A step of a run, after its batch has landed; NULL or an error. */
extern ErrorData *DisposeBatch(Execution *e);

/* The same at the start of a run, for what an earlier one has left; in a transaction. */
extern void DisposeLeft(const Execution *e);

/* Error unless those who own the pipeline and its source may move and delete files. */
extern void DisposalCheck(const Pipeline *p, const SourceDefinition *source);

#endif
