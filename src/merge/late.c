/*
 * late.c
 *	  Late rows of a history: how late they may be, and how much of its log that requires.
 *
 * Lateness is measured from the watermark, the greatest time of earlier batches: not from the
 * clock, so that loading the same batches again gives the same history, and not from the batch
 * itself, so that the order of its rows does not matter.
 *
 * For each key the log keeps what lies within late_horizon and one older observation, the anchor:
 * rows newer than the anchor can still be put in their place. The anchor is marked, since only a
 * key that has lost observations must reject older rows; the mark stays valid when late_horizon is
 * changed.
 */
#include "base/compat.h"
#include "merge/late.h"

#include "base/iso.h"
#include "base/sql.h"
#include "commands/defrem.h"
#include "lib/stringinfo.h"
#include "merge/batch.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

static bool
RefusesLate(const Pipeline *p)
{
	return strcmp(p->late_policy, "quarantine") == 0;
}

void
LateCheckOptions(const Pipeline *p)
{
	if (RefusesLate(p) && p->late_horizon == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"late_policy\" with value \"quarantine\" requires option \"late_horizon\""),
				 errdetail("Without late_horizon no row is late.")));
	if (p->late_horizon != NULL && strcmp(p->absent, "delete") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"absent\" with value \"delete\" conflicts with option \"late_horizon\""),
				 errdetail("A full load returns every row, however old.")));
}

void
LateIndexEnsure(const Scd2 *scd)
{
	const Pipeline *p = scd->shape->pipeline;
	char	   *name = makeObjectName(get_rel_name(p->target), "observed", "time");
	const char *time;

	if (p->late_horizon == NULL ||
		OidIsValid(get_relname_relid(name, get_rel_namespace(p->target))))
		return;
	time = scd->time->name;
	SqlExec(psprintf("CREATE INDEX %s ON %s (_pruned, %s)", quote_identifier(name),
					 scd->observed, time), p->owner);
}

static bool
IsInstant(const Scd2 *scd)
{
	return strcmp(scd->range, "tstzrange") == 0;
}

/* A day is one of UTC, and so is a time without a zone, whatever the session's zone is. */
static char *
HorizonBefore(const Scd2 *scd, const char *time)
{
	const char *interval = quote_literal_cstr(IntervalText(scd->shape->pipeline->late_horizon));

	if (!IsInstant(scd))
		return psprintf("%s - %s::interval", time, interval);
	return psprintf("(%s AT TIME ZONE 'UTC' - %s::interval) AT TIME ZONE 'UTC'", time, interval);
}

/* From here on a time is of the future; $1 is max_future. */
static const char *
Future(const Scd2 *scd)
{
	return IsInstant(scd) ? "(now() AT TIME ZONE 'UTC' + $1) AT TIME ZONE 'UTC'"
		: "now() AT TIME ZONE 'UTC' + $1";
}

/* _newest is the watermark, _late where the horizon lies, _anchored the newest anchor. */
static void
AppendHorizon(StringInfo sql, const Scd2 *scd)
{
	const char *time = scd->time->name;
	const char *newest = "greatest(_anchored, _kept)";

	appendStringInfo(sql, "WITH newest AS (\n"
					 "\tSELECT (SELECT max(%s) FROM %s WHERE _pruned) AS _anchored,\n"
					 "\t\t(SELECT max(%s) FROM %s WHERE NOT _pruned) AS _kept\n"
					 "), horizon AS (\n"
					 "\tSELECT _anchored, %s AS _newest,\n\t\t%s AS _late\n"
					 "\tFROM newest\n)", time, scd->observed, time, scd->observed, newest,
					 HorizonBefore(scd, newest));
}

char *
TooLateQuery(const Scd2 *scd, const char *what, const char *rows, const char *alias)
{
	const char *time = scd->time->name;
	StringInfoData sql;

	if (!RefusesLate(scd->shape->pipeline))
		return NULL;
	initStringInfo(&sql);
	AppendHorizon(&sql, scd);
	appendStringInfo(&sql, "\nSELECT %s FROM %s CROSS JOIN horizon AS h WHERE %s.%s < h._late", what, rows,
					 alias, time);
	return sql.data;
}

static char *
UntimelyStatement(const Scd2 *scd)
{
	const char *time = scd->time->name;
	const char *late = "false";
	StringInfoData sql;

	initStringInfo(&sql);
	if (scd->shape->pipeline->late_horizon == NULL)
		return psprintf("SELECT ctid, 'future', %s FROM %s WHERE %s > %s", time,
						scd->shape->staging, time, Future(scd));
	if (RefusesLate(scd->shape->pipeline))
		late = psprintf("s.%s < h._late", time);
	AppendHorizon(&sql, scd);
	appendStringInfo(&sql, "\nSELECT s.ctid, CASE WHEN s.%s > %s THEN 'future'\n"
					 "\t\tWHEN %s THEN 'late' ELSE 'anchored' END, s.%s, h._late, h._newest\n"
					 "FROM %s AS s CROSS JOIN horizon AS h\n"
					 "WHERE s.%s > %s OR %s\n"
					 "\tOR s.%s <= h._anchored AND EXISTS (SELECT FROM %s AS o\n"
					 "\t\tWHERE %s AND o._pruned AND o.%s >= s.%s)", time, Future(scd),
					 late, time, scd->shape->staging, time, Future(scd), late, time, scd->observed,
					 KeyMatch(scd->shape, "o", "s"), time, time);
	return sql.data;
}

static Offence *
UntimelyOffence(const Scd2 *scd, Sql *q, uint64 row)
{
	const Pipeline *p = scd->shape->pipeline;
	const char *kind = SqlText(q, row, 2);
	const char *time = SqlText(q, row, 3);
	Offence    *offence = palloc0(sizeof(Offence));

	offence->column = linitial(p->sequence_by);
	offence->reason = strcmp(kind, "future") == 0 ? "out_of_range" : "too_late";
	if (strcmp(kind, "future") == 0)
		offence->message = psprintf("%s %s is later than now + max_future", offence->column, time);
	else if (strcmp(kind, "late") == 0)
		offence->message = psprintf("%s %s is earlier than %s, which is late_horizon (%s) before "
									"the newest loaded row, %s", offence->column, time,
									SqlText(q, row, 4), IntervalText(p->late_horizon),
									SqlText(q, row, 5));
	else
		offence->message = psprintf("%s %s is not later than the oldest row of its key kept by "
									"late_horizon", offence->column, time);
	return offence;
}

BadRows *
UntimelyRows(const MergeShape *shape)
{
	const Pipeline *p = shape->pipeline;
	BadRows    *bad = BadRowsBegin();
	Scd2	   *scd = Scd2Of(shape);
	Sql			q;

	SqlBegin(&q, OverStaged(shape, UntimelyStatement(scd)));
	SqlAddInterval(&q, p->max_future);
	SqlRun(&q, p->owner);
	for (uint64 i = 0; i < q.processed; i++)
		BadRowsAdd(bad, (ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)),
				   UntimelyOffence(scd, &q, i));
	SqlDone(&q);
	return bad;
}

char *
LatePrune(const Scd2 *scd)
{
	const MergeShape *shape = scd->shape;
	const char *keys = ColumnList(shape->keys, NULL);
	const char *time = scd->time->name;
	StringInfoData sql;

	if (shape->pipeline->late_horizon == NULL)
		return NULL;
	initStringInfo(&sql);
	AppendHorizon(&sql, scd);
	appendStringInfo(&sql, ", anchor AS MATERIALIZED (\n"
					 "\tSELECT %s, a.%s FROM (SELECT DISTINCT %s FROM %s) AS s\n"
					 "\tCROSS JOIN LATERAL (SELECT max(o.%s) AS %s FROM %s AS o\n"
					 "\t\tWHERE %s AND o.%s < (SELECT _late FROM horizon)) AS a\n"
					 "\tWHERE EXISTS (SELECT FROM %s AS o WHERE %s AND o.%s < a.%s)\n",
					 ColumnList(shape->keys, "s"), time, keys, shape->staging, time, time,
					 scd->observed, KeyMatch(shape, "o", "s"), time, scd->observed,
					 KeyMatch(shape, "o", "s"), time, time);
	appendStringInfo(&sql, "), forgotten AS (\n\tDELETE FROM %s AS o USING anchor AS a\n"
					 "\tWHERE %s AND o.%s < a.%s\n)\n"
					 "UPDATE %s AS o SET _pruned = true FROM anchor AS a\nWHERE %s AND o.%s = a.%s",
					 scd->observed, KeyMatch(shape, "o", "a"), time, time, scd->observed,
					 KeyMatch(shape, "o", "a"), time, time);
	return sql.data;
}
