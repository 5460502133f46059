/*
 * group_rows.c
 *	  The groups and the values of rows of a fact.
 *
 * Keys are looked up as the fact does it; the attributes of a fact without a member are those of the fixed
 * one, which few facts need.
 */
#include "base/compat.h"
#include "star/group_rows.h"

#include "base/item_list.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "star/fact_sql.h"
#include "star/member.h"
#include "utils/builtins.h"

static const FactRole *
RoleOf(const Fact *fact, const GroupColumn *group)
{
	return list_nth(fact->roles, group->role_number - 1);
}

/* ---- of rows f ---- */

/*
 * Floating-point numbers are summed as the shortest decimals that name them, exactly: a sum does not hang
 * on the order of its rows, and what was added can be subtracted.
 */
static char *
ValueExpression(const AggregateValue *value)
{
	bool		is_float = value->type == FLOAT4OID || value->type == FLOAT8OID;
	const char *column = quote_identifier(value->column);

	if (!value->is_summed && !value->has_least && !value->has_greatest && !value->has_distinct &&
		!value->has_quantiles && !value->has_values)
		return psprintf("CASE WHEN f.%s IS NOT NULL THEN 1 END", column);
	return psprintf("f.%s%s", column, is_float && value->is_summed ? "::text::numeric" : "");
}

/* An event without a time is of the first day that there could be. */
char *
GroupDay(const Fact *fact)
{
	if (fact->event_time == NULL)
		return "'-infinity'::date";
	return psprintf("coalesce(%s, '-infinity'::date)", FactEventAs(fact, DATEOID));
}

/* The fixed member for a fact without one. */
static char *
FixedValue(const Fact *fact, const GroupColumn *group, const char *column)
{
	const Dimension *d = RoleOf(fact, group)->dimension;

	return psprintf("(SELECT m.%s FROM %s m WHERE m.%s = %s)", quote_identifier(column), d->table,
					quote_identifier(d->stored_key), FactKey(fact, RoleOf(fact, group), group->role_number));
}

static char *
GroupExpression(const Fact *fact, const GroupColumn *group)
{
	const FactRole *role = group->role != NULL ? RoleOf(fact, group) : NULL;
	int			n = group->role_number;

	switch (group->kind)
	{
		case GROUP_BY_KEY:
			return FactKey(fact, role, n);
		case GROUP_BY_DURABLE:
			return FactDurableKey(fact, role, n);
		case GROUP_BY_ATTRIBUTE:
			return psprintf("CASE WHEN d%d.%s IS NOT NULL THEN d%d.%s ELSE %s END", n,
							quote_identifier(role->dimension->stored_key), n,
							quote_identifier(group->column), FixedValue(fact, group, group->column));
		case GROUP_BY_CURRENT:
			return psprintf("w%d.%s", n, quote_identifier(group->column));
		case GROUP_BY_COLUMN:
			break;
	}
	return psprintf("f.%s", quote_identifier(group->column));
}

/* The members with their keys, and the newest versions of these. */
static void
AppendLookups(StringInfo sql, const Aggregate *a, const Fact *fact)
{
	Bitmapset  *joined = NULL;
	Bitmapset  *newest = NULL;
	ListCell   *lc;

	foreach(lc, a->columns)
	{
		const GroupColumn *group = lfirst(lc);
		int			n = group->role_number;

		if (group->role == NULL || bms_is_member(n, joined))
			continue;
		FactAppendJoin(sql, fact, RoleOf(fact, group), n);
		joined = bms_add_member(joined, n);
	}
	foreach(lc, a->columns)
	{
		const GroupColumn *group = lfirst(lc);
		const Dimension *d;
		const char *durable;
		int			n = group->role_number;

		if (group->kind != GROUP_BY_CURRENT || bms_is_member(n, newest))
			continue;
		d = RoleOf(fact, group)->dimension;
		durable = quote_identifier(d->stored_durable);
		appendStringInfo(sql, "\nLEFT JOIN %s w%d ON w%d._newest = 0 AND w%d.%s = coalesce(d%d.%s, %s)",
						 d->table, n, n, n, durable, n, durable, FixedValue(fact, group, d->stored_durable));
		newest = bms_add_member(newest, n);
	}
}

/* Of a dimension without versions, whose members are found here as they are before some are inferred. */
static bool
FindsMembers(const Aggregate *a, const GroupColumn *group)
{
	return a->fact->infers && group->role != NULL && FactRoleIs(group->role, "source") &&
		group->role->dimension->durable == NULL;
}

List *
GroupRolesFound(const Aggregate *a)
{
	List	   *roles = NIL;
	ListCell   *lc;

	foreach(lc, a->columns)
		if (FindsMembers(a, lfirst(lc)))
			roles = list_append_unique_ptr(roles, ((GroupColumn *) lfirst(lc))->role);
	return roles;
}

/* ", d1.customer_key IS NULL AND NOT (f.customer IS NULL) AS _is_unknown" */
static void
AppendUnknown(StringInfo sql, const Aggregate *a)
{
	StringInfoData unknown;
	Bitmapset  *done = NULL;
	ListCell   *lc;

	initStringInfo(&unknown);
	foreach(lc, a->columns)
	{
		const GroupColumn *group = lfirst(lc);
		int			n = group->role_number;

		if (!FindsMembers(a, group) || bms_is_member(n, done))
			continue;
		AppendItem(&unknown, " OR ", "d%d.%s IS NULL AND NOT (%s)", n,
				   quote_identifier(group->role->dimension->stored_key),
				   AnyIsNull(group->role->columns, "f"));
		done = bms_add_member(done, n);
	}
	appendStringInfo(sql, ", %s AS _is_unknown", unknown.len > 0 ? unknown.data : "false");
}

char *
GroupRows(const Aggregate *a, const Fact *fact, const char *rows, bool is_signed)
{
	StringInfoData sql;
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	foreach(lc, a->columns)
	{
		n++;
		appendStringInfo(&sql, "%s%s AS b%d", n > 1 ? ", " : "", GroupExpression(fact, lfirst(lc)), n);
	}
	n = 0;
	foreach(lc, a->values)
		appendStringInfo(&sql, ", %s AS x%d", ValueExpression(lfirst(lc)), ++n);
	if (a->has_days)
		appendStringInfo(&sql, ", %s AS _day", GroupDay(fact));
	if (is_signed)
	{
		appendStringInfoString(&sql, ", f._sign");
		AppendUnknown(&sql, a);
	}
	appendStringInfo(&sql, "\nFROM %s f", rows);
	AppendLookups(&sql, a, fact);
	return sql.data;
}

char *
GroupNumbers(const Aggregate *a, const char *alias)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int n = 1; n <= list_length(a->columns); n++)
		AppendItem(&sql, ", ", "%s.b%d", alias, n);
	return sql.data;
}

char *
GroupNames(const Aggregate *a, const char *alias)
{
	return QuotedColumns(a->by, alias);
}
