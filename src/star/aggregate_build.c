/*
 * aggregate_build.c
 *	  Build the relations of an aggregate, in place of those that are there.
 */
#include "base/compat.h"
#include "star/aggregate_build.h"

#include "base/identity.h"
#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "miscadmin.h"
#include "star/aggregate_check.h"
#include "star/group_change.h"
#include "star/group_day.h"
#include "star/group_rows.h"
#include "star/group_state.h"
#include "star/group_value.h"
#include "star/star_comment.h"
#include "star/star_name.h"
#include "star/star_view.h"
#include "star/star_watch.h"
#include "utils/builtins.h"

void
AggregateCheckMayChange(const Aggregate *a)
{
	if (!MayActFor(a->role, false))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for aggregate \"%s.%s\"", a->schema, a->name),
				 errhint("It can be changed by role \"%s\", which created its fact.",
						 GetUserNameFromId(a->role, false))));
}

/* ---- names ---- */

/* A table that the old aggregate has will be set aside. */
static void
CheckNewDetail(const StarName *name, const Aggregate *old, const char *suffix)
{
	if (old == NULL || !NamesContain(old->details, StarRelation(name, suffix)))
		StarNameCheckNewRelation(name, "aggregate", suffix);
}

/* Of relations that will be created, temporarily or to stay. */
static void
CheckNewRelations(const Aggregate *a, const Aggregate *old)
{
	const StarName name = {a->schema, a->name};

	StarNameCheckNewRelation(&name, "aggregate", old != NULL ? "_new" : "_groups");
	if (old != NULL)
		StarNameCheckNewRelation(&name, "aggregate", "_old");
	for (int n = 1; old != NULL && n <= list_length(old->details); n++)
		StarNameCheckNewRelation(&name, "aggregate", psprintf("_old%d", n));
	if (a->has_days)
		CheckNewDetail(&name, old, GROUP_DAYS_SUFFIX);
	for (int n = 1; n <= list_length(a->values); n++)
		if (((AggregateValue *) list_nth(a->values, n - 1))->has_values)
			CheckNewDetail(&name, old, GroupValuesSuffix(n));
}

/* ---- table ---- */

static char *
AllRows(const Aggregate *a)
{
	return GroupRows(a, a->fact, QuotedRelation(a->fact->source), false);
}

static char *
NamedGroups(const Aggregate *a)
{
	StringInfoData columns;
	const char *answers = GroupAnswers(a, false);
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&columns);
	foreach(lc, a->by)
		AppendItem(&columns, ", ", "g.b%d AS %s", ++n, quote_identifier(lfirst(lc)));
	if (answers != NULL)
		AppendItem(&columns, ", ", "%s", answers);
	return psprintf("SELECT %s, %s FROM (%s) g", columns.data, KeptStateNames(KeptStates(a), "g"),
					GroupsOf(a, AllRows(a), false));
}

/* A group is found by its columns, of which null is a value as any other. */
static void
FillTable(const Aggregate *a, const char *table)
{
	(void) SqlExec(psprintf("CREATE TABLE %s AS %s", table, NamedGroups(a)), a->role);
	(void) SqlExec(psprintf("ALTER TABLE %s ADD _group bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
							table), a->role);
	(void) SqlExec(psprintf("CREATE UNIQUE INDEX ON %s (%s) NULLS NOT DISTINCT", table,
							GroupNames(a, NULL)), a->role);
	(void) SqlExec(psprintf("ANALYZE %s", table), a->role);
}

static char *
Aside(const Aggregate *a, const char *suffix)
{
	return psprintf("%s_%s", a->name, suffix);
}

static void
Rename(const Aggregate *a, const char *table, const char *name)
{
	(void) SqlExec(psprintf("ALTER TABLE %s RENAME TO %s", table, quote_identifier(name)), a->role);
}

static void
RenameOldDetails(const Aggregate *a, const Aggregate *old)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, old->details)
		Rename(a, lfirst(lc), Aside(a, psprintf("old%d", ++n)));
}

static void
DropOldTables(const Aggregate *a, const Aggregate *old)
{
	(void) SqlExec(psprintf("DROP TABLE %s", quote_qualified_identifier(a->schema, Aside(a, "old"))),
				   a->role);
	for (int n = 1; n <= list_length(old->details); n++)
		(void) SqlExec(psprintf("DROP TABLE %s", quote_qualified_identifier(a->schema,
																			Aside(a, psprintf("old%d", n)))),
					   a->role);
}

static void
CreateDetails(Aggregate *a)
{
	a->details = NIL;
	if (a->has_days)
	{
		GroupDaysCreate(a, AllRows(a));
		a->details = lappend(a->details, GroupDaysTable(a));
	}
	if (!a->has_values)
		return;
	GroupValuesCreate(a, AllRows(a));
	for (int n = 1; n <= list_length(a->values); n++)
		if (((AggregateValue *) list_nth(a->values, n - 1))->has_values)
			a->details = lappend(a->details, GroupValuesTable(a, n));
}

/* Readers have the old table while the new one is filled, and wait for the exchange alone. */
static void
CreateTable(const Aggregate *a, const Aggregate *old)
{
	const char *table = old == NULL ? a->table :
		quote_qualified_identifier(a->schema, Aside(a, "new"));

	FillTable(a, table);
	if (old != NULL)
	{
		RenameOldDetails(a, old);
		Rename(a, old->table, Aside(a, "old"));
		Rename(a, table, Aside(a, "groups"));
	}
	StarComment(psprintf("TABLE %s", a->table),
				psprintf("groups of %s, with what its measures are computed from", a->view), a->role);
}

/* ---- view ---- */

static char *
ViewSelect(const Aggregate *a)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s", GroupNames(a, "g"));
	foreach(lc, a->measures)
		appendStringInfo(&sql, ", %s AS %s", GroupMeasure(a, lfirst(lc), true),
						 quote_identifier(((AggregateMeasure *) lfirst(lc))->name));
	appendStringInfo(&sql, " FROM %s g", a->table);
	return sql.data;
}

static const char *
CommentOfGroup(const Aggregate *a, const GroupColumn *group)
{
	const Dimension *d = group->role != NULL ? group->role->dimension : NULL;
	const char *as_of = d != NULL && d->durable != NULL ? " as of the event" : "";

	switch (group->kind)
	{
		case GROUP_BY_KEY:
			return psprintf("key of %s.%s%s", d->schema, d->name, as_of);
		case GROUP_BY_DURABLE:
			return psprintf("key of a member of %s.%s, the same for all its versions", d->schema, d->name);
		case GROUP_BY_ATTRIBUTE:
			return psprintf("%s of %s.%s%s", group->column, d->schema, d->name, as_of);
		case GROUP_BY_CURRENT:
			return psprintf("%s of %s.%s, of the newest version of the member", group->column, d->schema,
							d->name);
		case GROUP_BY_COLUMN:
			break;
	}
	return psprintf("%s of %s", group->column, a->fact->view);
}

static const char *
UnitOf(const Aggregate *a, const AggregateMeasure *measure)
{
	const AggregateValue *value;
	ListCell   *lc;

	if (measure->value == 0 || measure->function == MEASURE_COUNT)
		return NULL;
	value = list_nth(a->values, measure->value - 1);
	foreach(lc, a->fact->measures)
		if (strcmp(((FactMeasure *) lfirst(lc))->name, value->column) == 0)
			return ((FactMeasure *) lfirst(lc))->unit;
	return NULL;
}

static void
CommentOnView(const Aggregate *a)
{
	ListCell   *lc;

	StarComment(psprintf("VIEW %s", a->view),
				psprintf("aggregate of %s, grain: one row for each %s", a->fact->view, GroupNames(a, NULL)),
				a->role);
	foreach(lc, a->columns)
		StarCommentOnColumn(a->view, ((GroupColumn *) lfirst(lc))->name, CommentOfGroup(a, lfirst(lc)),
							a->role);
	foreach(lc, a->measures)
	{
		const AggregateMeasure *measure = lfirst(lc);
		const char *unit = UnitOf(a, measure);

		StarCommentOnColumn(a->view, measure->name,
							psprintf("%s of the facts of the group%s%s", measure->expression,
									 unit != NULL ? ", in " : "", unit != NULL ? unit : ""), a->role);
	}
}

/* ---- both ---- */

Oid
AggregateBuild(Aggregate *a, const Aggregate *old)
{
	AggregateCheck(a);
	CheckNewRelations(a, old);
	a->table = quote_qualified_identifier(a->schema, Aside(a, "groups"));
	StarWatch(a->fact->source, a->role);
	GroupsHoldMembers(a);
	CreateTable(a, old);
	CreateDetails(a);
	StarViewPut(a->schema, a->name, ViewSelect(a), a->role);
	CommentOnView(a);
	if (old != NULL)
	{
		DropOldTables(a, old);
		AggregateForget(old->relation);
	}
	return AggregateRegister(a);
}

void
AggregatesRebuild(Oid old_fact, Oid fact)
{
	ListCell   *lc;

	AggregatesMoveToFact(old_fact, fact);
	foreach(lc, AggregatesOfFact(fact))
	{
		Aggregate  *a = lfirst(lc);
		const Aggregate old = *a;

		(void) AggregateBuild(a, &old);
	}
}
