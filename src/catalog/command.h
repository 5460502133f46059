/*
 * command.h
 *	  Common start of the SQL functions whose first argument is the name of a pipeline.
 *
 * Each of these raises an error for a null name, connects to SPI, which the caller finishes, and
 * returns the pipeline, or raises an error when the current user lacks the right.
 */
#ifndef ELT_CATALOG_COMMAND_H
#define ELT_CATALOG_COMMAND_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "fmgr.h"

extern Pipeline *CommandBegin(FunctionCallInfo fcinfo, PipelineRight right);
/* The same, with the lock of PipelineLock held until the transaction ends. */
extern Pipeline *CommandBeginLocked(FunctionCallInfo fcinfo, PipelineRight right);
/* The same for a procedure that commits; error where it cannot commit. */
extern Pipeline *CommandBeginCommitting(FunctionCallInfo fcinfo, const char *procedure,
										PipelineRight right);

#endif
