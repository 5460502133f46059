/*
 * star_argument.c
 *	  Arguments of functions that are JSON objects.
 */
#include "base/compat.h"
#include "star/star_argument.h"

#include "utils/jsonb.h"

void
RequireObject(FunctionCallInfo fcinfo, int arg, const char *name, const char *example)
{
	if (!JB_ROOT_IS_OBJECT(PG_GETARG_JSONB_P(arg)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON object", name),
				 errhint("Specify, for example, %s.", example)));
}
