/*
 * change_reach.c
 *	  elt.check_change_log: refuse to tell rows as of a time that the change log no longer covers.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/change_log.h"
#include "change/change_commit.h"
#include "change/change_part.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(elt_check_change_log);

static void
CheckIsSettled(const ChangeLog *log)
{
	if (ChangedHere(log->relation))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this transaction has changed table \"%s\"", RelationLabel(log->relation)),
				 errdetail("The time of its changes is known when it commits."),
				 errhint("Commit it, then read the rows as of a time.")));
}

/* Of a transaction that was long, changes may be in a partition that is gone. */
static TimestampTz
CompleteSince(const ChangeLog *log, TimestampTz at)
{
	TimestampTz since = ChangeLogSince(log);
	Sql			q;
	bool		isnull;
	TimestampTz spanning;

	if (at < since)
		return since;
	SqlBegin(&q, psprintf("SELECT max(_committed_at) FROM %s WHERE _committed_at > $1 AND _began_at < $2",
						  QuotedRelation(log->commits)));
	SqlAddTime(&q, at);
	SqlAddTime(&q, since);
	SqlRun(&q, RelationOwner(log->commits));
	spanning = SqlTime(&q, 0, 1, &isnull);
	SqlDone(&q);
	return isnull ? since : spanning;
}

static void
CheckReaches(const ChangeLog *log, TimestampTz at)
{
	TimestampTz since = CompleteSince(log, at);

	if (at < since)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the change log of table \"%s\" does not go back to %s",
						RelationLabel(log->relation), pstrdup(timestamptz_to_str(at))),
				 errdetail("It has all changes since %s.", pstrdup(timestamptz_to_str(since))),
				 errhint("Specify a later time. To keep changes longer from now on, raise option "
						 "\"change_log\" of the pipeline.")));
}

Datum
elt_check_change_log(PG_FUNCTION_ARGS)
{
	const ChangeLog *log;

	RequireArg(fcinfo, 0, "relation");
	RequireArg(fcinfo, 1, "at");
	SPI_connect();
	log = ChangeLogRequired(PG_GETARG_OID(0));
	CheckIsSettled(log);
	CheckReaches(log, PG_GETARG_TIMESTAMPTZ(1));
	SPI_finish();
	PG_RETURN_BOOL(true);
}
