/*
 * arguments.c
 *	  Convert the arguments of SQL functions to C values.
 */
#include "base/compat.h"
#include "base/arguments.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

char *
TextArg(FunctionCallInfo fcinfo, int n)
{
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

char *
TextArgOrNull(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : TextArg(fcinfo, n);
}

void
CheckFinite(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (!PG_ARGISNULL(n) && TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(n)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be finite", name),
				 errhint("Specify a time, for example '2024-01-01'.")));
}
