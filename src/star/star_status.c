/*
 * star_status.c
 *	  elt.star_status: what in a star waits for what, and how many rows it is.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "star/aggregate.h"
#include "star/fact.h"
#include "star/fact_sql.h"
#include "star/hierarchy.h"
#include "star/member.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(elt_star_status);

#define COLUMNS 6

typedef struct StatusRow
{
	Oid			relation;
	Oid			dimension;		/* of a fact, or InvalidOid */
	const char *state;
	int64		rows;
	bool		has_newest;
	TimestampTz newest;			/* event of a fact */
	const char *detail;			/* or NULL */
} StatusRow;

static void
Put(ReturnSetInfo *rsinfo, const StatusRow *row)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};

	values[0] = ObjectIdGetDatum(row->relation);
	values[1] = ObjectIdGetDatum(row->dimension);
	nulls[1] = !OidIsValid(row->dimension);
	values[2] = CStringGetTextDatum(row->state);
	values[3] = Int64GetDatum(row->rows);
	values[4] = TimestampTzGetDatum(row->newest);
	nulls[4] = !row->has_newest;
	nulls[5] = row->detail == NULL;
	values[5] = row->detail != NULL ? CStringGetTextDatum(row->detail) : (Datum) 0;
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

static void
PutCount(ReturnSetInfo *rsinfo, Oid relation, Oid dimension, const char *state, int64 rows,
		 const char *detail)
{
	StatusRow	row = {relation, dimension, state, rows};

	row.detail = detail;
	if (rows > 0)
		Put(rsinfo, &row);
}

static int64
Count(const char *query, Oid role)
{
	Sql			q;

	SqlBegin(&q, query);
	return SqlDoInt8(&q, role);
}

/* ---- facts ---- */

static void
FactFreshness(ReturnSetInfo *rsinfo, const Fact *fact)
{
	StatusRow	row = {fact->relation, InvalidOid, "rows"};
	const char *newest = "NULL::timestamptz";
	bool		isnull;
	Sql			q;

	if (fact->event_time != NULL)
		newest = psprintf("max(%s) FILTER (WHERE isfinite(f.%s))", FactEventAs(fact, TIMESTAMPTZOID),
						  quote_identifier(fact->event_time));
	SqlBegin(&q, psprintf("SELECT count(*), %s FROM %s f", newest, fact->view));
	SqlRun(&q, fact->role);
	row.rows = SqlInt8(&q, 0, 1, NULL);
	row.newest = SqlTime(&q, 0, 2, &isnull);
	row.has_newest = !isnull;
	SqlDone(&q);
	Put(rsinfo, &row);
}

static void
FactRepeats(ReturnSetInfo *rsinfo, const Fact *fact)
{
	const char *grain = QuotedColumns(fact->grain, NULL);

	if (fact->table != NULL)
		return;
	PutCount(rsinfo, fact->relation, InvalidOid, "repeated grain",
			 Count(psprintf("SELECT coalesce(sum(n - 1), 0)::bigint FROM (SELECT count(*) AS n FROM %s"
							" GROUP BY %s HAVING count(*) > 1) g", fact->view, grain), fact->role),
			 "several rows have one grain, and all of them count");
}

/* A version is asked for by time: the member may be there, and the version not. */
static char *
RoleQuery(const Fact *fact, const FactRole *role)
{
	const Dimension *d = role->dimension;
	const char *key = psprintf("f.%s", quote_identifier(d->key));
	const char *member = d->durable != NULL ? psprintf("f.%s > 0", quote_identifier(d->durable)) :
		"false";
	const char *has_time = d->durable != NULL ?
		psprintf("f.%s IS NOT NULL", quote_identifier(fact->event_time)) : "true";

	return psprintf("SELECT count(*) FILTER (WHERE %s = %d),"
					" count(*) FILTER (WHERE %s = %d),"
					" count(*) FILTER (WHERE %s = %d AND NOT %s),"
					" count(*) FILTER (WHERE %s = %d AND %s AND %s),"
					" count(*) FILTER (WHERE %s = %d AND %s AND NOT %s),"
					" count(*) FILTER (WHERE d.%s IS NULL),"
					" count(*) FILTER (WHERE %s)"
					" FROM %s f LEFT JOIN %s d ON d.%s = %s",
					key, MEMBER_MISSING, key, MEMBER_INVALID, key, MEMBER_UNKNOWN, member,
					key, MEMBER_UNKNOWN, member, has_time, key, MEMBER_UNKNOWN, member, has_time,
					quote_identifier(d->stored_key), FactRoleIs(role, "source") ? "d.is_inferred" : "false",
					fact->view, d->table, quote_identifier(d->stored_key), key);
}

static void
RoleStatus(ReturnSetInfo *rsinfo, const Fact *fact, const FactRole *role)
{
	static const char *const states[] = {"missing", "invalid", "unknown", "no version", "no time",
	"orphan", "inferred"};
	static const char *const details[] = {
		"the natural key or the time is null",
		"the natural key is not valid, or the time is infinite",
		"the dimension does not have the natural key, or the day",
		"the member had no version at the time of the event",
		"the time as of which the version is asked for is null",
		"the dimension does not have the surrogate key",
	"the source of the dimension does not have the member yet"};
	Sql			q;

	SqlBegin(&q, RoleQuery(fact, role));
	SqlRun(&q, fact->role);
	for (int i = 0; i < lengthof(states); i++)
		PutCount(rsinfo, fact->relation, role->dimension->relation, states[i],
				 SqlInt8(&q, 0, i + 1, NULL), details[i]);
	SqlDone(&q);
}

static void
FactStatus(ReturnSetInfo *rsinfo, const Fact *fact)
{
	ListCell   *lc;

	if (get_rel_name(fact->source) == NULL)
	{
		StatusRow	row = {fact->relation, InvalidOid, "no source"};

		row.detail = "the source was dropped: specify another one, or drop the fact";
		Put(rsinfo, &row);
	}
	FactFreshness(rsinfo, fact);
	FactRepeats(rsinfo, fact);
	foreach(lc, fact->roles)
		RoleStatus(rsinfo, fact, lfirst(lc));
}

/* ---- dimensions ---- */

static void
MemberStatus(ReturnSetInfo *rsinfo, const Dimension *d)
{
	static const char *const states[] = {"members", "inferred", "deleted"};
	static const char *const details[] = {NULL, "named by facts, and not yet by the source",
	"not in the source any more"};
	const char *current = MembersKeepHistory(d) ? " AND is_current" : "";
	Sql			q;

	SqlBegin(&q, psprintf("SELECT count(*), count(*) FILTER (WHERE is_inferred),"
						  " count(*) FILTER (WHERE is_deleted) FROM %s WHERE %s > 0%s", d->table,
						  quote_identifier(d->stored_key), current));
	SqlRun(&q, d->role);
	for (int i = 0; i < lengthof(states); i++)
		PutCount(rsinfo, d->relation, InvalidOid, states[i], SqlInt8(&q, 0, i + 1, NULL), details[i]);
	SqlDone(&q);
}

static char *
Overlaps(const Dimension *d)
{
	const char *keys = QuotedColumns(d->natural_key, NULL);
	const char *begins = quote_identifier(d->valid_from);

	return psprintf("SELECT count(*) FROM (SELECT coalesce(%s, 'infinity') > lead(coalesce(%s, '-infinity'))"
					" OVER (PARTITION BY %s ORDER BY coalesce(%s, '-infinity')) AS is_cut FROM %s"
					" WHERE coalesce(%s, '-infinity') < coalesce(%s, 'infinity')) v WHERE is_cut",
					quote_identifier(d->valid_to), begins, keys, begins, QuotedRelation(d->source), begins,
					quote_identifier(d->valid_to));
}

/* Of the columns that its members are found by, the first one that the source does not have, or NULL. */
static const char *
ColumnNotThere(const Dimension *d)
{
	List	   *columns = list_copy(d->natural_key);
	ListCell   *lc;

	if (d->valid_from != NULL)
		columns = lappend(columns, d->valid_from);
	if (d->valid_to != NULL)
		columns = lappend(columns, d->valid_to);
	foreach(lc, columns)
		if (get_attnum(d->source, lfirst(lc)) == InvalidAttrNumber)
			return lfirst(lc);
	return NULL;
}

/* What of a source is no member, or only part of one. */
static void
SourceStatus(ReturnSetInfo *rsinfo, const Dimension *d)
{
	const char *source;
	const char *is_null = AnyIsNull(d->natural_key, "s");

	if (get_rel_name(d->source) == NULL)
	{
		StatusRow	row = {d->relation, InvalidOid, "no source"};

		row.detail = "the source was dropped: specify another one, or drop the dimension";
		Put(rsinfo, &row);
		return;
	}
	if (ColumnNotThere(d) != NULL)
	{
		StatusRow	row = {d->relation, InvalidOid, "no column"};

		row.detail = psprintf("the source has no column %s: name it as before, or define the dimension "
							  "with replace", quote_identifier(ColumnNotThere(d)));
		Put(rsinfo, &row);
		return;
	}
	source = QuotedRelation(d->source);
	PutCount(rsinfo, d->relation, InvalidOid, "null natural key",
			 Count(psprintf("SELECT count(*) FROM %s s WHERE %s", source, is_null), d->role),
			 "rows of the source that are no member");
	if (MembersKeepHistory(d))
		PutCount(rsinfo, d->relation, InvalidOid, "overlapping versions", Count(Overlaps(d), d->role),
				 "versions that end when the next one begins, before their valid_to");
	else if (d->valid_to == NULL)
		PutCount(rsinfo, d->relation, InvalidOid, "repeated natural key",
				 Count(psprintf("SELECT coalesce(sum(n - 1), 0)::bigint FROM (SELECT count(*) AS n FROM %s s"
								" WHERE NOT (%s) GROUP BY %s HAVING count(*) > 1) g", source, is_null,
								QuotedColumns(d->natural_key, NULL)), d->role),
				 "rows of the source beside the one that is the member");
}

static void
HierarchyStatus(ReturnSetInfo *rsinfo, const Dimension *d)
{
	ListCell   *lc;

	foreach(lc, HierarchySteps(d))
	{
		HierarchyStep *step = lfirst(lc);

		PutCount(rsinfo, d->relation, InvalidOid, "several parents",
				 Count(HierarchyFaults(d, step), d->role),
				 psprintf("values of %s with more than one %s in hierarchy %s", step->child, step->parent,
						  step->hierarchy));
	}
}

static void
DimensionStatus(ReturnSetInfo *rsinfo, const Dimension *d)
{
	if (d->is_role || strcmp(d->kind, "source") != 0)
		return;
	MemberStatus(rsinfo, d);
	if (OidIsValid(d->source))
		SourceStatus(rsinfo, d);
	HierarchyStatus(rsinfo, d);
}

/* ---- aggregates ---- */

/* Those whose fact was dropped by hand. */
static void
AggregateStatus(ReturnSetInfo *rsinfo)
{
	ListCell   *lc;

	foreach(lc, AggregatesOrphaned())
	{
		StatusRow	row = {lfirst_oid(lc), InvalidOid, "no fact"};

		row.detail = "the fact was dropped, and the aggregate is not kept: create both again, or drop it";
		Put(rsinfo, &row);
	}
}

Datum
elt_star_status(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	foreach(lc, FactsAll())
		FactStatus(rsinfo, lfirst(lc));
	foreach(lc, DimensionsAll())
		DimensionStatus(rsinfo, lfirst(lc));
	AggregateStatus(rsinfo);
	SPI_finish();
	return (Datum) 0;
}
