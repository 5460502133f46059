/*
 * command.h
 *	  How an SQL function begins whose first argument is the name of a pipeline.
 *
 * Each of these refuses a null name and connects to SPI, which the caller finishes; then it gives
 * the pipeline, or an error when the current user does not have the right to it.
 */
#ifndef ELT_CATALOG_COMMAND_H
#define ELT_CATALOG_COMMAND_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "fmgr.h"

extern Pipeline *CommandBegin(FunctionCallInfo fcinfo, PipelineRight right);
/* Under the lock of PipelineLock, until the transaction ends. */
extern Pipeline *CommandBeginLocked(FunctionCallInfo fcinfo, PipelineRight right);
/* For a procedure that commits; error where it cannot. */
extern Pipeline *CommandBeginCommitting(FunctionCallInfo fcinfo, const char *procedure,
										PipelineRight right);

#endif
