/*
 * call_arguments.h
 *	  Read the arguments of an SQL call, but never beyond those that it has.
 *
 * A function that another version declared may have fewer arguments than the library reads, and
 * what lies behind the last one is not an argument. So the macros of fmgr.h check the number here.
 */
#ifndef ELT_BASE_CALL_ARGUMENTS_H
#define ELT_BASE_CALL_ARGUMENTS_H

#include "postgres.h"
#include "fmgr.h"

/* Raise the error that says how to get objects that fit the library; in extension.c. */
extern void ReportMissingArgument(FunctionCallInfo fcinfo) pg_attribute_noreturn();

static inline NullableDatum *
CallArgument(FunctionCallInfo fcinfo, int n)
{
	if (unlikely(n < 0 || n >= fcinfo->nargs))
		ReportMissingArgument(fcinfo);
	return &fcinfo->args[n];
}

#undef PG_ARGISNULL
#define PG_ARGISNULL(n) (CallArgument(fcinfo, n)->isnull)
#undef PG_GETARG_DATUM
#define PG_GETARG_DATUM(n) (CallArgument(fcinfo, n)->value)

#endif
