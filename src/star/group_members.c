/*
 * group_members.c
 *	  Move facts to other groups of aggregates as members of a dimension change.
 */
#include "base/compat.h"
#include "star/group_members.h"

#include "base/item_list.h"
#include "base/lock.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "star/aggregate.h"
#include "star/fact_sql.h"
#include "star/group_change.h"
#include "star/group_rows.h"
#include "star/kept_rows.h"
#include "star/member.h"
#include "utils/builtins.h"

struct MembersBefore
{
	const Dimension *d;
	List	   *aggregates;		/* Aggregate * */
	List	   *columns;		/* char *: what facts look up and are grouped by */
	const char *touched;
	KeptRows   *rows;			/* elt_members_before */
};

static bool
IsSource(const Dimension *d)
{
	return strcmp(d->kind, "source") == 0;
}

/* ---- what is remembered ---- */

static bool
GroupsBy(const Aggregate *a, Oid base)
{
	ListCell   *lc;

	foreach(lc, a->columns)
		if (((GroupColumn *) lfirst(lc))->role != NULL &&
			((GroupColumn *) lfirst(lc))->role->dimension->base == base)
			return true;
	return false;
}

static List *
AggregatesBy(const Dimension *d)
{
	List	   *aggregates = NIL;
	ListCell   *lc;

	foreach(lc, AggregatesOfDimension(d->base))
		if (GroupsBy(lfirst(lc), d->base))
			aggregates = lappend(aggregates, lfirst(lc));
	return aggregates;
}

/* What members are found by. */
static List *
KeyColumns(const Dimension *d)
{
	return IsSource(d) ? list_copy(d->natural_key) : list_make1(pstrdup(d->kind));
}

static void
AddColumn(List **columns, const char *name)
{
	if (!NamesContain(*columns, name))
		*columns = lappend(*columns, pstrdup(name));
}

static List *
ColumnsOf(const Dimension *d, List *aggregates)
{
	List	   *columns = KeyColumns(d);
	ListCell   *lc;

	AddColumn(&columns, d->stored_key);
	if (d->durable != NULL)
	{
		AddColumn(&columns, d->stored_durable);
		AddColumn(&columns, "valid_from");
		AddColumn(&columns, "valid_to");
		AddColumn(&columns, "_newest");
	}
	foreach(lc, aggregates)
	{
		ListCell   *gc;

		foreach(gc, ((Aggregate *) lfirst(lc))->columns)
		{
			const GroupColumn *group = lfirst(gc);

			if (group->role != NULL && group->role->dimension->base == d->base && group->column != NULL)
				AddColumn(&columns, group->column);
		}
	}
	return columns;
}

/* The fixed members are always there. */
static char *
MembersNow(const MembersBefore *before)
{
	const Dimension *d = before->d;
	const char *touched = before->touched == NULL ? "" :
		psprintf(" JOIN %s k ON %s", before->touched, MemberMatch(MemberKey(d), "m", "k", NIL));

	return psprintf("SELECT %s FROM %s m%s WHERE m.%s >= 0", QuotedColumns(before->columns, "m"),
					d->table, touched, quote_identifier(d->stored_key));
}

static MembersBefore *
BeforeOf(const Dimension *d, const char *touched)
{
	MembersBefore *before;
	List	   *aggregates;

	if (!AggregatesAreOfDimension(d->base))
		return NULL;
	aggregates = AggregatesBy(d);
	if (aggregates == NIL)
		return NULL;
	before = palloc0(sizeof(MembersBefore));
	before->d = d;
	before->touched = touched;
	before->aggregates = aggregates;
	before->columns = ColumnsOf(d, aggregates);
	return before;
}

MembersBefore *
MembersRemember(const Dimension *d, const char *touched)
{
	MembersBefore *before = BeforeOf(d, touched);

	if (before == NULL)
		return NULL;
	if (!IsSource(d))
		TransactionLockTake(LOCK_DIMENSION, d->base);
	before->rows = KeptRowsOf("elt_members_before", MembersNow(before), d->role);
	return before;
}

/* ---- what has changed ---- */

static char *
Changed(const MembersBefore *before)
{
	List	   *keys = KeyColumns(before->d);
	const char *was = psprintf("SELECT %s FROM elt_members_before", QuotedColumns(before->columns, NULL));
	const char *is = MembersNow(before);

	return psprintf("SELECT DISTINCT %s FROM ((%s EXCEPT ALL %s) UNION ALL (%s EXCEPT ALL %s)) c"
					" WHERE NOT (%s)", QuotedColumns(keys, "c"), was, is, is, was,
					AnyIsNull(keys, "c"));
}

/* Rows f have a natural key k that has changed. */
static char *
RowMatch(const Aggregate *a, const FactRole *role)
{
	const Dimension *d = role->dimension;

	if (IsSource(d))
		return MemberMatch(MemberKey(d), "k", "f", role->columns);
	return psprintf("k.%s = %s", d->kind, FactDay(a->fact, role));
}

/* Roles of the fact that the dimension has in the groups (FactRole *). */
static List *
RolesOf(const Aggregate *a, Oid base)
{
	List	   *roles = NIL;
	ListCell   *lc;

	foreach(lc, a->columns)
	{
		const GroupColumn *group = lfirst(lc);

		if (group->role != NULL && group->role->dimension->base == base)
			roles = list_append_unique_ptr(roles, group->role);
	}
	return roles;
}

static char *
ChangedFacts(const Aggregate *a, Oid base, const char *rows)
{
	List	   *roles = RolesOf(a, base);
	const char *columns = QuotedColumns(FactColumns(a->fact), "f");
	StringInfoData sql;
	ListCell   *lc;

	if (list_length(roles) == 1)
		return psprintf("SELECT %s FROM elt_members_changed k JOIN %s f ON %s", columns, rows,
						RowMatch(a, linitial(roles)));
	initStringInfo(&sql);
	foreach(lc, roles)
		AppendItem(&sql, " OR ", "EXISTS (SELECT FROM elt_members_changed k WHERE %s)",
				   RowMatch(a, lfirst(lc)));
	return psprintf("SELECT %s FROM %s f WHERE %s", columns, rows, sql.data);
}

/* ---- members as they were ---- */

static char *
KeyMatch(const Dimension *d, const char *left, const char *right)
{
	if (IsSource(d))
		return MemberMatch(MemberKey(d), left, right, NIL);
	return psprintf("%s.%s = %s.%s", left, d->kind, right, d->kind);
}

/* What follows FROM. Facts that two roles lead to the dimension have members that have not changed. */
static char *
MembersThen(const MembersBefore *before, bool several_roles)
{
	const Dimension *d = before->d;
	const char *columns = QuotedColumns(before->columns, "m");

	if (!several_roles)
		return psprintf("(SELECT %s FROM elt_members_before m UNION ALL SELECT %s FROM %s m WHERE m.%s < 0)",
						columns, columns, d->table, quote_identifier(d->stored_key));
	return psprintf("(SELECT %s FROM elt_members_before m"
					" WHERE EXISTS (SELECT FROM elt_members_changed k WHERE %s)"
					" UNION ALL SELECT %s FROM %s m"
					" WHERE NOT EXISTS (SELECT FROM elt_members_changed k WHERE %s))",
					columns, KeyMatch(d, "m", "k"), columns, d->table, KeyMatch(d, "m", "k"));
}

/* The fact, with the dimension as it was. */
static Fact *
FactThen(const Fact *fact, Oid base, const char *members)
{
	Fact	   *then = palloc(sizeof(Fact));
	ListCell   *lc;

	*then = *fact;
	then->roles = NIL;
	foreach(lc, fact->roles)
	{
		FactRole   *role = palloc(sizeof(FactRole));

		*role = *(FactRole *) lfirst(lc);
		if (role->dimension->base == base)
		{
			Dimension  *d = palloc(sizeof(Dimension));

			*d = *role->dimension;
			d->table = pstrdup(members);
			role->dimension = d;
		}
		then->roles = lappend(then->roles, role);
	}
	return then;
}

static void
MoveFacts(const MembersBefore *before, const Aggregate *a, const char *rows)
{
	Oid			base = before->d->base;
	const char *then = MembersThen(before, list_length(RolesOf(a, base)) > 1);
	KeptRows   *facts;

	GroupsHoldMembers(a);
	facts = KeptRowsOf("elt_moved_facts", ChangedFacts(a, base, rows), a->role);
	if (KeptRowsCount(facts) > 0)
		(void) GroupsChange(a, psprintf("%s\nUNION ALL\n%s",
										GroupRows(a, FactThen(a->fact, base, then),
												  "(SELECT f.*, -1 AS _sign FROM elt_moved_facts f)", true),
										GroupRows(a, a->fact,
												  "(SELECT f.*, 1 AS _sign FROM elt_moved_facts f)", true)),
							true);
	KeptRowsEnd(facts);
}

void
MembersRegroup(MembersBefore *before)
{
	KeptRows   *changed;
	ListCell   *lc;

	if (before == NULL)
		return;
	changed = KeptRowsOf("elt_members_changed", Changed(before), before->d->role);
	if (KeptRowsCount(changed) > 0)
		foreach(lc, before->aggregates)
		{
			const Aggregate *a = lfirst(lc);

			MoveFacts(before, a, QuotedRelation(a->fact->source));
		}
	KeptRowsEnd(changed);
	KeptRowsEnd(before->rows);
}

/* ---- members that facts have named ---- */

/* Have all facts a member that is found, but those that have just come? */
static bool
IsComplete(const Aggregate *a, const Dimension *d, List *names)
{
	ListCell   *lc;

	if (a->fact->infers || d->derived_from == a->fact->source)
		return true;
	foreach(lc, RolesOf(a, d->base))
		if (!NamesAreSame(((FactRole *) lfirst(lc))->columns, names))
			return false;
	return true;
}

/*
 * The rows of a statement are counted as they are, one event after the other, while the table has all
 * of them: of a source that is just changing nothing else can be looked at.
 */
static void
RegroupAdded(const MembersBefore *before, const Aggregate *a, const char *rows, Oid source, List *names)
{
	bool		complete = IsComplete(a, before->d, names);

	if (a->fact->source == source && complete)
		MoveFacts(before, a, rows);
	else if (a->fact->source == source)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("aggregate \"%s.%s\" cannot follow members that another fact of \"%s\" adds",
						a->schema, a->name, RelationLabel(source)),
				 errhint("Create fact \"%s\" with infer_members.", a->fact->name)));
	else if (!a->fact->infers)
		MoveFacts(before, a, QuotedRelation(a->fact->source));
}

void
MembersRegroupAdded(const Dimension *d, const char *added, const char *rows, Oid source, List *names)
{
	MembersBefore *before = BeforeOf(d, NULL);
	KeptRows   *changed;
	ListCell   *lc;

	if (before == NULL)
		return;
	before->rows = KeptRowsOf("elt_members_before",
							  psprintf("SELECT %s FROM %s WHERE false",
									   QuotedColumns(before->columns, NULL), d->table), d->role);
	changed = KeptRowsOf("elt_members_changed",
						 psprintf("SELECT DISTINCT %s FROM %s", QuotedColumns(d->natural_key, NULL), added),
						 d->role);
	foreach(lc, before->aggregates)
		RegroupAdded(before, lfirst(lc), rows, source, names);
	KeptRowsEnd(changed);
	KeptRowsEnd(before->rows);
}
