/*
 * fact_sql.c
 *	  The SELECT that looks up the keys of facts, and its parts.
 *
 * Each dimension is one join: hash joins, whatever the size of a batch, and a join by the unique key
 * of a dimension is left out when a query does not ask for it.
 */
#include "base/compat.h"
#include "star/fact_sql.h"

#include "base/item_list.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "star/member.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

bool
FactRoleIs(const FactRole *role, const char *kind)
{
	return strcmp(role->dimension->kind, kind) == 0;
}

static List *
AddName(List *names, char *name)
{
	return NamesContain(names, name) ? names : lappend(names, name);
}

static List *
AddNames(List *names, List *more)
{
	ListCell   *lc;

	foreach(lc, more)
		names = AddName(names, lfirst(lc));
	return names;
}

/* What most queries read comes first: to find a column, those before it are looked at. */
List *
FactColumns(const Fact *fact)
{
	List	   *names = AddNames(NIL, fact->grain);
	ListCell   *lc;

	foreach(lc, fact->measures)
		names = AddName(names, ((FactMeasure *) lfirst(lc))->name);
	foreach(lc, fact->roles)
		names = AddNames(names, ((FactRole *) lfirst(lc))->columns);
	if (fact->event_time != NULL)
		names = AddName(names, fact->event_time);
	return AddNames(names, fact->degenerate);
}

char *
FactAttributeName(const Dimension *d, const char *attribute)
{
	int			base = strlen(d->key) - strlen("_key");

	return psprintf("%.*s_%s", base, d->key, attribute);
}

/* ---- times ---- */

static Oid
ColumnTypeOf(const Fact *fact, const char *column)
{
	return get_atttype(fact->source, get_attnum(fact->source, column));
}

static char *
Column(const char *name)
{
	return psprintf("f.%s", quote_identifier(name));
}

/* A timestamp without time zone: the time on the clock. */
static char *
Local(const Fact *fact, const char *column)
{
	char	   *value = Column(column);

	switch (ColumnTypeOf(fact, column))
	{
		case TIMESTAMPTZOID:
			return psprintf("(%s AT TIME ZONE %s)", value, quote_literal_cstr(fact->day_zone));
		case TIMEOID:
			return psprintf("(timestamp '2000-01-01' + %s)", value);
		default:
			return psprintf("%s::timestamp", value);
	}
}

char *
FactEventAs(const Fact *fact, Oid type)
{
	Oid			own = ColumnTypeOf(fact, fact->event_time);

	if (own == type)
		return Column(fact->event_time);
	switch (type)
	{
		case TIMESTAMPTZOID:
			return psprintf("(%s AT TIME ZONE %s)", Local(fact, fact->event_time),
							quote_literal_cstr(fact->day_zone));
		case TIMESTAMPOID:
			return Local(fact, fact->event_time);
		default:
			return psprintf("%s::date", Local(fact, fact->event_time));
	}
}

char *
FactDay(const Fact *fact, const FactRole *role)
{
	const char *column = linitial(role->columns);
	const char *step;

	if (FactRoleIs(role, "date"))
		return ColumnTypeOf(fact, column) == DATEOID ? Column(column) :
			psprintf("%s::date", Local(fact, column));
	step = DatumGetCString(DirectFunctionCall1(interval_out,
											   IntervalPGetDatum(role->dimension->step)));
	return psprintf("date_bin(interval %s, %s, timestamp '2000-01-01')::time",
					quote_literal_cstr(step), Local(fact, column));
}

/* ---- keys ---- */

/* The fixed member for a natural key that leads to none. */
static char *
OtherKey(const Fact *fact, const FactRole *role)
{
	const char *missing = AnyIsNull(role->columns, "f");
	const char *is_valid = NULL;

	if (FactRoleIs(role, "source"))
		is_valid = MemberIsValid(role->dimension, "f", role->columns);
	else if (ColumnTypeOf(fact, linitial(role->columns)) != TIMEOID)
		is_valid = psprintf("isfinite(%s)", Column(linitial(role->columns)));
	if (is_valid == NULL)
		return psprintf("CASE WHEN %s THEN %d ELSE %d END", missing, MEMBER_MISSING, MEMBER_UNKNOWN);
	return psprintf("CASE WHEN %s THEN %d WHEN NOT %s THEN %d ELSE %d END", missing, MEMBER_MISSING,
					is_valid, MEMBER_INVALID, MEMBER_UNKNOWN);
}

char *
FactKey(const Fact *fact, const FactRole *role, int n)
{
	return psprintf("coalesce(d%d.%s, %s)", n, quote_identifier(role->dimension->stored_key),
					OtherKey(fact, role));
}

char *
FactDurableKey(const Fact *fact, const FactRole *role, int n)
{
	return psprintf("coalesce(u%d.%s, %s)", n, quote_identifier(role->dimension->stored_durable),
					OtherKey(fact, role));
}

static void
AppendKey(StringInfo sql, const Fact *fact, const FactRole *role, int n)
{
	const Dimension *d = role->dimension;

	AppendItem(sql, ", ", "%s AS %s", FactKey(fact, role, n), quote_identifier(d->key));
	if (d->durable != NULL)
		AppendItem(sql, ", ", "%s AS %s", FactDurableKey(fact, role, n),
				   quote_identifier(d->durable));
}

void
FactAppendJoin(StringInfo sql, const Fact *fact, const FactRole *role, int n)
{
	const Dimension *d = role->dimension;
	char	   *alias = psprintf("d%d", n);
	char	   *newest = psprintf("u%d", n);
	char	   *event;

	appendStringInfo(sql, "\nLEFT JOIN %s %s ON ", d->table, alias);
	if (!FactRoleIs(role, "source"))
	{
		appendStringInfo(sql, "%s.%s = %s", alias, d->kind, FactDay(fact, role));
		return;
	}
	appendStringInfoString(sql, MemberMatch(MemberKey(d), alias, "f", role->columns));
	if (d->durable == NULL)
		return;
	event = FactEventAs(fact, MemberTimeType(d));
	appendStringInfo(sql, " AND %s >= %s.valid_from AND %s < %s.valid_to", event, alias, event, alias);
	appendStringInfo(sql, "\nLEFT JOIN %s %s ON %s AND %s._newest = 0", d->table, newest,
					 MemberMatch(MemberKey(d), newest, "f", role->columns), newest);
}

char *
FactSelect(const Fact *fact, const char *rows)
{
	StringInfoData sql;
	StringInfoData keys;
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&sql);
	initStringInfo(&keys);
	foreach(lc, fact->roles)
		AppendKey(&keys, fact, lfirst(lc), ++n);
	appendStringInfo(&sql, "SELECT %s%s%s\nFROM %s f", keys.data, fact->roles != NIL ? ", " : "",
					 QuotedColumns(FactColumns(fact), "f"), rows);
	n = 0;
	foreach(lc, fact->roles)
		FactAppendJoin(&sql, fact, lfirst(lc), ++n);
	return sql.data;
}
