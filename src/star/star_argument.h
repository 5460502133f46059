/*
 * star_argument.h
 *	  Arguments of functions that are JSON objects.
 */
#ifndef ELT_STAR_STAR_ARGUMENT_H
#define ELT_STAR_STAR_ARGUMENT_H

#include "postgres.h"
#include "fmgr.h"

/* Error when it is other JSON; the hint shows an example. */
extern void RequireObject(FunctionCallInfo fcinfo, int arg, const char *name, const char *example);

#endif
