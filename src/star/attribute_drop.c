/*
 * attribute_drop.c
 *	  Drop attributes of a dimension.
 *
 * PostgreSQL drops no column that a view shows. The views of the dimension, of its roles and of its facts
 * show all attributes, so they are created again without those; objects of users that depend on them are
 * reported, or dropped as well.
 */
#include "base/compat.h"
#include "star/attribute_drop.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "star/aggregate.h"
#include "star/dependent_view.h"
#include "star/fact_sql.h"
#include "star/fact_view.h"
#include "star/member.h"
#include "star/role_dimension.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Columns of relations, in two lists. */
typedef struct Columns
{
	List	   *relations;		/* char *: schema-qualified and quoted */
	List	   *names;			/* char * */
} Columns;

typedef struct Drop
{
	const Dimension *old;
	List	   *attributes;		/* char * */
	List	   *roles;			/* Dimension * */
	List	   *facts;			/* Fact * */
	Columns		shown;			/* where we show the attributes */
} Drop;

static void
AddShown(Drop *drop, char *relation, char *name)
{
	drop->shown.relations = lappend(drop->shown.relations, relation);
	drop->shown.names = lappend(drop->shown.names, name);
}

/* In a view of the dimension or of a role. */
static void
AddMembers(Drop *drop, char *view, char *attribute)
{
	AddShown(drop, view, attribute);
	if (drop->old->type == 6)
		AddShown(drop, view, psprintf("current_%s", attribute));
}

static void
AddFact(Drop *drop, const Fact *fact, const char *attribute)
{
	ListCell   *lc;

	foreach(lc, fact->roles)
	{
		const Dimension *d = ((FactRole *) lfirst(lc))->dimension;

		if (d->base == drop->old->base)
			AddShown(drop, fact->as_of, FactAttributeName(d, attribute));
	}
}

static void
FindShown(Drop *drop)
{
	ListCell   *ac;
	ListCell   *lc;

	foreach(ac, drop->attributes)
	{
		AddShown(drop, drop->old->table, lfirst(ac));
		AddShown(drop, drop->old->newest, lfirst(ac));
		AddMembers(drop, drop->old->view, lfirst(ac));
		foreach(lc, drop->roles)
			AddMembers(drop, ((Dimension *) lfirst(lc))->view, lfirst(ac));
		foreach(lc, drop->facts)
			AddFact(drop, lfirst(lc), lfirst(ac));
	}
}

/* ---- what depends on them ---- */

/* Views of others that show the attributes, directly or through other views: kind, name and owner. */
#define FIND_OTHERS \
	"with recursive ours(relation, attnum) as (" \
	" select a.attrelid, a.attnum from unnest($1::text[], $2::text[]) o(relation, name)" \
	"  join pg_attribute a on a.attrelid = o.relation::regclass and a.attname = o.name" \
	"  and not a.attisdropped)," \
	" other(relation, depth) as (" \
	" select r.ev_class, 1 from ours o join pg_depend d on d.refobjid = o.relation" \
	"  and d.refobjsubid = o.attnum and d.refclassid = 'pg_class'::regclass" \
	"  and d.classid = 'pg_rewrite'::regclass join pg_rewrite r on r.oid = d.objid" \
	"  where r.ev_class not in (select relation from ours)" \
	" union select r.ev_class, v.depth + 1 from other v join pg_depend d on d.refobjid = v.relation" \
	"  and d.refclassid = 'pg_class'::regclass and d.classid = 'pg_rewrite'::regclass" \
	"  join pg_rewrite r on r.oid = d.objid and r.ev_class <> v.relation)" \
	" select case c.relkind when 'm' then 'materialized view' else 'view' end," \
	"  format('%I.%I', n.nspname, c.relname), c.relowner::oid from other v" \
	" join pg_class c on c.oid = v.relation join pg_namespace n on n.oid = c.relnamespace" \
	" group by c.oid, n.nspname order by max(v.depth) desc, c.oid"

static bool
GroupsBy(const Aggregate *a, const Drop *drop)
{
	ListCell   *lc;

	foreach(lc, a->columns)
	{
		const GroupColumn *group = lfirst(lc);

		if ((group->kind == GROUP_BY_ATTRIBUTE || group->kind == GROUP_BY_CURRENT) &&
			group->role->dimension->base == drop->old->base && NamesContain(drop->attributes, group->column))
			return true;
	}
	return false;
}

static void
ReportDependent(const Drop *drop, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("cannot drop attributes (%s) of dimension \"%s\" because other objects depend on them",
					QuotedColumns(drop->attributes, NULL), drop->old->name),
			 errdetail("%s depends on them.", what),
			 errhint("Name the attributes in the new definition as well, or use cascade => true to drop the "
					 "dependent objects too.")));
}

static void
DropAggregate(const Aggregate *a)
{
	Sql			q;

	ereport(NOTICE, (errmsg("drop cascades to aggregate %s", a->view)));
	SqlBegin(&q, "SELECT elt.drop_aggregate($1)");
	SqlAddOid(&q, REGCLASSOID, a->relation);
	SqlDo(&q, a->role);
}

static void
DropAggregates(const Drop *drop, bool cascade)
{
	ListCell   *lc;

	foreach(lc, AggregatesOfDimension(drop->old->base))
	{
		const Aggregate *a = lfirst(lc);

		if (!GroupsBy(a, drop))
			continue;
		if (!cascade)
			ReportDependent(drop, psprintf("Aggregate %s", a->view));
		DropAggregate(a);
	}
}

/* Those that show others come first. */
static void
DropViews(const Drop *drop, bool cascade)
{
	Sql			q;

	SqlBegin(&q, FIND_OTHERS);
	SqlAddTextArray(&q, drop->shown.relations);
	SqlAddTextArray(&q, drop->shown.names);
	SqlRun(&q, AsCatalog());
	if (!cascade && q.processed > 0)
		ReportDependent(drop, psprintf("View %s", SqlText(&q, q.processed - 1, 2)));
	for (uint64 row = 0; row < q.processed; row++)
	{
		const char *kind = SqlText(&q, row, 1);
		const char *view = SqlText(&q, row, 2);

		ereport(NOTICE, (errmsg("drop cascades to %s %s", kind, view)));
		(void) SqlExec(psprintf("DROP %s %s", kind, view), DatumGetObjectId(SqlDatum(&q, row, 3, NULL)));
	}
	SqlDone(&q);
}

/* ---- the drop ---- */

static void
DropColumns(const Drop *drop)
{
	ListCell   *lc;

	FixedMembersUnpin(drop->old->table, drop->old->role);
	foreach(lc, drop->attributes)
		(void) SqlExec(psprintf("ALTER TABLE %s DROP COLUMN %s", drop->old->table,
								quote_identifier(lfirst(lc))), drop->old->role);
}

static void
PutFact(const Fact *fact, const Dimension *kept)
{
	ListCell   *lc;

	foreach(lc, fact->roles)
		if (((FactRole *) lfirst(lc))->dimension->base == kept->base)
			((FactRole *) lfirst(lc))->dimension->attributes = kept->attributes;
	FactPutAsOf(fact);
}

/* The definition with those attributes that it had before. */
static Dimension
Kept(const Dimension *d, const Drop *drop)
{
	Dimension	kept = *d;

	kept.relation = kept.base = drop->old->relation;
	kept.attributes = NamesWithout(drop->old->attributes, drop->attributes);
	return kept;
}

static void
PutViews(const Drop *drop, Dimension *kept)
{
	ListCell   *lc;

	MembersCreateViews(kept);
	foreach(lc, drop->facts)
		PutFact(lfirst(lc), kept);
	kept->relation = get_relname_relid(kept->name, get_namespace_oid(kept->schema, false));
	foreach(lc, drop->roles)
		RoleDimensionPutView(lfirst(lc), kept);
}

void
DimensionDropAttributes(Dimension *d, Dimension *old, bool cascade)
{
	Drop		drop = {old, NamesWithout(old->attributes, d->attributes)};
	Dimension	kept;
	List	   *views;

	if (drop.attributes == NIL)
		return;
	drop.roles = DimensionRoles(old->base);
	drop.facts = FactsOfDimension(old->base);
	FindShown(&drop);
	DropAggregates(&drop, cascade);
	DropViews(&drop, cascade);
	kept = Kept(d, &drop);
	views = DependentViewsTake(old->table, drop.attributes);
	DropColumns(&drop);
	MembersPinFixed(&kept);
	PutViews(&drop, &kept);
	DependentViewsPutBack(views);
	old->attributes = kept.attributes;
	d->relation = d->base = old->relation = old->base = kept.relation;
	(void) DimensionRegister(&kept);
}
