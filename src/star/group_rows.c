/*
 * group_rows.c
 *	  The groups and the values of rows of a fact.
 *
 * Keys are looked up as the fact does it; an attribute is then that of the member with the key, which
 * may be a fixed one.
 */
#include "base/compat.h"
#include "star/group_rows.h"

#include "base/item_list.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "star/fact_sql.h"
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

	return psprintf("f.%s%s", quote_identifier(value->column),
					is_float && value->is_summed ? "::text::numeric" : "");
}

/* Does a column before this one need the same of the role? */
static bool
IsRepeated(const Aggregate *a, const GroupColumn *group)
{
	ListCell   *lc;

	foreach(lc, a->columns)
	{
		const GroupColumn *other = lfirst(lc);

		if (other == group)
			return false;
		if (other->role_number == group->role_number &&
			(other->kind == GROUP_BY_DURABLE) == (group->kind == GROUP_BY_DURABLE))
			return true;
	}
	return false;
}

static void
AppendKeys(StringInfo columns, const Aggregate *a, const Fact *fact)
{
	ListCell   *lc;

	foreach(lc, a->columns)
	{
		const GroupColumn *group = lfirst(lc);
		int			n = group->role_number;

		if (group->role == NULL || IsRepeated(a, group))
			continue;
		if (group->kind == GROUP_BY_DURABLE)
			AppendItem(columns, ", ", "%s AS u%d", FactDurableKey(fact, RoleOf(fact, group), n), n);
		else
			AppendItem(columns, ", ", "%s AS k%d", FactKey(fact, RoleOf(fact, group), n), n);
	}
}

static void
AppendSourceColumns(StringInfo columns, const Aggregate *a)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, a->columns)
	{
		const GroupColumn *group = lfirst(lc);

		n++;
		if (group->role == NULL)
			AppendItem(columns, ", ", "f.%s AS c%d", quote_identifier(group->column), n);
	}
	n = 0;
	foreach(lc, a->values)
		AppendItem(columns, ", ", "%s AS x%d", ValueExpression(lfirst(lc)), ++n);
}

static void
AppendLookups(StringInfo sql, const Aggregate *a, const Fact *fact)
{
	Bitmapset  *joined = NULL;
	ListCell   *lc;

	foreach(lc, a->columns)
	{
		const GroupColumn *group = lfirst(lc);

		if (group->role == NULL || bms_is_member(group->role_number, joined))
			continue;
		FactAppendJoin(sql, fact, RoleOf(fact, group), group->role_number);
		joined = bms_add_member(joined, group->role_number);
	}
}

static char *
RowsWithKeys(const Aggregate *a, const Fact *fact, const char *rows)
{
	StringInfoData columns;
	StringInfoData sql;

	initStringInfo(&columns);
	initStringInfo(&sql);
	AppendKeys(&columns, a, fact);
	AppendSourceColumns(&columns, a);
	appendStringInfo(&sql, "SELECT %s\nFROM %s f", columns.data, rows);
	AppendLookups(&sql, a, fact);
	return sql.data;
}

/* ---- of members ---- */

static char *
GroupExpression(const GroupColumn *group, int n)
{
	switch (group->kind)
	{
		case GROUP_BY_KEY:
			return psprintf("v.k%d", group->role_number);
		case GROUP_BY_DURABLE:
			return psprintf("v.u%d", group->role_number);
		case GROUP_BY_ATTRIBUTE:
			return psprintf("m%d.%s", group->role_number, quote_identifier(group->column));
		case GROUP_BY_CURRENT:
			return psprintf("w%d.%s", group->role_number, quote_identifier(group->column));
		case GROUP_BY_COLUMN:
			break;
	}
	return psprintf("v.c%d", n);
}

/* The versions with the keys, and the newest ones of their members. */
static void
AppendMembers(StringInfo sql, const Aggregate *a, const Fact *fact)
{
	Bitmapset  *joined = NULL;
	Bitmapset  *newest = NULL;
	ListCell   *lc;

	foreach(lc, a->columns)
	{
		const GroupColumn *group = lfirst(lc);
		const Dimension *d;
		int			n = group->role_number;

		if (group->kind != GROUP_BY_ATTRIBUTE && group->kind != GROUP_BY_CURRENT)
			continue;
		d = RoleOf(fact, group)->dimension;
		if (!bms_is_member(n, joined))
			appendStringInfo(sql, "\nLEFT JOIN %s m%d ON m%d.%s = v.k%d", d->table, n, n,
							 quote_identifier(d->stored_key), n);
		joined = bms_add_member(joined, n);
		if (group->kind != GROUP_BY_CURRENT || bms_is_member(n, newest))
			continue;
		appendStringInfo(sql, "\nLEFT JOIN %s w%d ON w%d.%s = m%d.%s AND w%d._newest = 0", d->table, n, n,
						 quote_identifier(d->stored_durable), n, quote_identifier(d->stored_durable), n);
		newest = bms_add_member(newest, n);
	}
}

char *
GroupRows(const Aggregate *a, const Fact *fact, const char *rows)
{
	StringInfoData sql;
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	foreach(lc, a->columns)
	{
		n++;
		appendStringInfo(&sql, "%s%s AS b%d", n > 1 ? ", " : "", GroupExpression(lfirst(lc), n), n);
	}
	for (n = 1; n <= list_length(a->values); n++)
		appendStringInfo(&sql, ", v.x%d", n);
	appendStringInfo(&sql, "\nFROM (%s) v", RowsWithKeys(a, fact, rows));
	AppendMembers(&sql, a, fact);
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
