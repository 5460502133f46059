/*
 * legal_hold.c
 *	  elt.hold and elt.release: keep rows of a time range whatever retention says.
 */
#include "base/compat.h"
#include "partition/legal_hold.h"

#include "base/errors.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(elt_hold);
PG_FUNCTION_INFO_V1(elt_release);

static void
CheckMayHold(Oid relation)
{
	if (!MayActFor(RelationOwner(relation), false))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of table %s", RelationLabel(relation)),
				 errhint("Members of elt_admin can hold rows and release them, too.")));
}

int64
HoldRows(Oid relation, const Part *range, const char *reason)
{
	Sql			q;

	SqlBegin(&q, "insert into elt_catalog.hold (relation, from_time, to_time, reason, held_by, "
			 "from_value, to_value) values ($1, $2, $3, $4, $5, $6, $7) returning id");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddTimeOrNull(&q, range->lower, range->is_number);
	SqlAddTimeOrNull(&q, range->upper, range->is_number);
	SqlAddText(&q, reason);
	SqlAddText(&q, GetUserNameFromId(GetUserId(), false));
	SqlAdd(&q, INT8OID, Int64GetDatum(range->lower), !range->is_number);
	SqlAdd(&q, INT8OID, Int64GetDatum(range->upper), !range->is_number);
	return SqlDoInt8(&q, AsCatalog());
}

static TimestampTz
TimeArg(FunctionCallInfo fcinfo, int n, TimestampTz missing)
{
	return PG_ARGISNULL(n) ? missing : PG_GETARG_TIMESTAMPTZ(n);
}

/* Whoever meets the hold later must be able to know whether it may go. */
static void
CheckReason(const char *reason)
{
	if (strspn(reason, " \t\r\n") == strlen(reason))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("reason must not be empty")));
}

Datum
elt_hold(PG_FUNCTION_ARGS)
{
	Part		range = {.lower = TimeArg(fcinfo, 1, DT_NOBEGIN), .upper = TimeArg(fcinfo, 2, DT_NOEND)};
	int64		id;

	RequireArg(fcinfo, 0, "relation");
	RequireArg(fcinfo, 3, "reason");
	CheckReason(text_to_cstring(PG_GETARG_TEXT_PP(3)));
	if (range.lower >= range.upper)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("from_time must be before to_time")));
	SPI_connect();
	CheckMayHold(PG_GETARG_OID(0));
	id = HoldRows(PG_GETARG_OID(0), &range, text_to_cstring(PG_GETARG_TEXT_PP(3)));
	SPI_finish();
	PG_RETURN_INT64(id);
}

static Oid
RelationOfHold(int64 id)
{
	Oid			relation;
	Sql			q;

	SqlBegin(&q, "select relation from elt_catalog.hold where id = $1");
	SqlAddInt8(&q, id);
	if (SqlRun(&q, AsCatalog()) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("hold %lld does not exist", (long long) id),
				 errhint("Use SELECT * FROM elt.holds to list them.")));
	relation = DatumGetObjectId(SqlDatum(&q, 0, 1, NULL));
	SqlDone(&q);
	return relation;
}

Datum
elt_release(PG_FUNCTION_ARGS)
{
	int64		id = PG_GETARG_INT64(0);
	Oid			relation;
	bool		released;
	Sql			q;

	RequireArg(fcinfo, 0, "hold_id");
	SPI_connect();
	relation = RelationOfHold(id);
	if (get_rel_name(relation) != NULL)
		CheckMayHold(relation);
	SqlBegin(&q, "update elt_catalog.hold set released_at = now(), released_by = $2 "
			 "where id = $1 and released_at is null");
	SqlAddInt8(&q, id);
	SqlAddText(&q, GetUserNameFromId(GetUserId(), false));
	released = SqlDo(&q, AsCatalog()) > 0;
	SPI_finish();
	PG_RETURN_BOOL(released);
}
