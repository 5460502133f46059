/*
 * unset.h
 *	  Options of a pipeline that are set back to what they are unless given.
 */
#ifndef ELT_PIPELINE_UNSET_H
#define ELT_PIPELINE_UNSET_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "fmgr.h"

/* Does argument n set this option back? */
extern bool UnsetsOption(FunctionCallInfo fcinfo, int n, const char *name);
/* An argument of JSON text {"option": null, ...}; nothing when it is NULL. */
extern void UnsetOptions(FunctionCallInfo fcinfo, int n, const Pipeline *p);

#endif
