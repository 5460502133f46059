/*
 * drain.c
 *	  What elt.drain, a procedure in SQL, cannot find out itself: whether it can commit.
 */
#include "base/compat.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_must_commit);
Datum
elt_must_commit(PG_FUNCTION_ARGS)
{
	RequireArg(fcinfo, 0, "caller");
	CheckCanCommit(fcinfo, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	PG_RETURN_VOID();
}
