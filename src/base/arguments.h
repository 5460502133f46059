/*
 * arguments.h
 *	  Arguments of SQL functions as C values.
 */
#ifndef ELT_BASE_ARGUMENTS_H
#define ELT_BASE_ARGUMENTS_H

#include "postgres.h"
#include "fmgr.h"

/* A text that is not NULL, palloc'd. */
extern char *TextArg(FunctionCallInfo fcinfo, int n);
/* The same for one that may be: NULL then. */
extern char *TextArgOrNull(FunctionCallInfo fcinfo, int n);

/* Error when it is given and an infinite timestamptz: windows have a first one and a last one. */
extern void CheckFinite(FunctionCallInfo fcinfo, int n, const char *name);

#endif
