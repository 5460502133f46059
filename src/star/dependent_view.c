/*
 * dependent_view.c
 *	  Views that depend on columns of a table: put aside while the columns change, and put back.
 *
 * PostgreSQL does not change the type of a column that a view shows. A view is written again by its
 * own definition, as its own owner, and gets another OID, by which the catalogue knows it.
 */
#include "base/compat.h"
#include "star/dependent_view.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"

typedef struct DependentView
{
	Oid			oid;			/* of the one that was dropped */
	Oid			owner;
	char	   *quoted;			/* with its schema */
	Oid			schema;
	char	   *relname;
	List	   *statements;		/* char *, which create it again */
	List	   *grants;			/* char *, and the column that each is about, or "" */
	List	   *columns;
} DependentView;

#define FIND_VIEWS \
	"with recursive dependent(oid, depth) as (" \
	" select r.ev_class, 1 from pg_depend d join pg_rewrite r on r.oid = d.objid" \
	"  where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass" \
	"  and d.refobjid = $1::regclass and d.refobjsubid in (select attnum from pg_attribute" \
	"   where attrelid = $1::regclass and attname = any ($2) and not attisdropped)" \
	" union" \
	" select r.ev_class, v.depth + 1 from dependent v join pg_depend d on d.refobjid = v.oid" \
	"  join pg_rewrite r on r.oid = d.objid and r.ev_class <> v.oid" \
	"  where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass)"

#define GRANTED " %s ON %I.%I TO %s%s"
#define GRANTEE \
	" case a.grantee when 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(a.grantee)) end," \
	" case when a.is_grantable then ' WITH GRANT OPTION' end"

#define WRITE_VIEWS \
	"select c.oid::oid, c.relowner::oid, format('%I.%I', n.nspname, c.relname)," \
	" c.relnamespace::oid, c.relname::text," \
	" c.relkind = 'v' and not exists (select from pg_trigger t where t.tgrelid = c.oid)" \
	"  and not exists (select from pg_rewrite r where r.ev_class = c.oid and r.rulename <> '_RETURN')," \
	" array[format('CREATE VIEW %I.%I%s AS %s', n.nspname, c.relname," \
	"  ' WITH (' || array_to_string(c.reloptions, ', ') || ')', pg_get_viewdef(c.oid))]" \
	" || array(select format('COMMENT ON %s IS %L', case when d.objsubid = 0" \
	"   then format('VIEW %I.%I', n.nspname, c.relname)" \
	"   else format('COLUMN %I.%I.%I', n.nspname, c.relname, t.attname) end, d.description)" \
	"  from pg_description d left join pg_attribute t on t.attrelid = c.oid and t.attnum = d.objsubid" \
	"  where d.classoid = 'pg_class'::regclass and d.objoid = c.oid order by d.objsubid)," \
	" g.statements, g.columns" \
	" from (select oid, max(depth) as depth from dependent group by oid) v" \
	" join pg_class c on c.oid = v.oid join pg_namespace n on n.oid = c.relnamespace," \
	" lateral (select coalesce(array_agg(statement), '{}') as statements," \
	"   coalesce(array_agg(attname), '{}') as columns from (" \
	"  select format('GRANT" GRANTED "', a.privilege_type, n.nspname, c.relname," GRANTEE ") as statement," \
	"   '' as attname from aclexplode(c.relacl) a where a.grantee <> c.relowner" \
	"  union all select format('GRANT" GRANTED "', format('%s (%I)', a.privilege_type, t.attname)," \
	"   n.nspname, c.relname," GRANTEE "), t.attname::text from pg_attribute t, aclexplode(t.attacl) a" \
	"  where t.attrelid = c.oid and a.grantee <> c.relowner) s) g" \
	" order by v.depth, v.oid"

static void
ReportCannotPutBack(const char *view, const char *table)
{
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("\"%s\" depends on columns of %s that change", view, table),
			 errdetail("It is a materialized view, or it has triggers or rules."),
			 errhint("Drop it, and create it again afterwards.")));
}

List *
DependentViewsTake(const char *table, List *columns)
{
	List	   *views = NIL;
	Sql			q;

	SqlBegin(&q, FIND_VIEWS " " WRITE_VIEWS);
	SqlAddText(&q, table);
	SqlAddTextArray(&q, columns);
	SqlRun(&q, AsCatalog());
	for (uint64 row = 0; row < q.processed; row++)
	{
		DependentView *view = palloc(sizeof(DependentView));

		view->oid = DatumGetObjectId(SqlDatum(&q, row, 1, NULL));
		view->owner = DatumGetObjectId(SqlDatum(&q, row, 2, NULL));
		view->quoted = SqlText(&q, row, 3);
		view->schema = DatumGetObjectId(SqlDatum(&q, row, 4, NULL));
		view->relname = SqlText(&q, row, 5);
		view->statements = SqlTextArray(&q, row, 7);
		view->grants = SqlTextArray(&q, row, 8);
		view->columns = SqlTextArray(&q, row, 9);
		if (!SqlBool(&q, row, 6))
			ReportCannotPutBack(RelationLabel(view->oid), table);
		views = lappend(views, view);
	}
	SqlDone(&q);
	for (int i = list_length(views); i-- > 0;)
	{
		const DependentView *view = list_nth(views, i);

		(void) SqlExec(psprintf("DROP VIEW %s", view->quoted), view->owner);
	}
	return views;
}

/* Statements that have each column of a relation refer to another one, those that others refer to first. */
static List *
Referring(void)
{
	Sql			q;

	SqlBegin(&q, "select format('update elt_catalog.%I set %I = $2 where %I = $1', c.relname, a.attname,"
			 " a.attname) from pg_class c join pg_attribute a on a.attrelid = c.oid"
			 " where c.relnamespace = 'elt_catalog'::regnamespace and c.relkind = 'r'"
			 " and a.atttypid = 'regclass'::regtype and a.attnum > 0 and not a.attisdropped"
			 " and not exists (select from pg_constraint f where f.conrelid = c.oid and f.contype = 'f'"
			 "  and f.confupdtype = 'c' and a.attnum = any (f.conkey))");
	return SqlDoTexts(&q, AsCatalog());
}

/* A view that was created anew by another definition has its comments already, and may lack columns. */
static Oid
PutBack(const DependentView *view)
{
	Oid			now = get_relname_relid(view->relname, view->schema);
	ListCell   *grant;
	ListCell   *column;

	if (!OidIsValid(now))
	{
		SqlExecAll(view->statements, view->owner);
		now = get_relname_relid(view->relname, view->schema);
	}
	forboth(grant, view->grants, column, view->columns)
	{
		const char *name = lfirst(column);

		if (name[0] == '\0' || get_attnum(now, name) > 0)
			(void) SqlExec(lfirst(grant), view->owner);
	}
	return now;
}

void
DependentViewsPutBack(List *views)
{
	List	   *referring = views != NIL ? Referring() : NIL;
	ListCell   *lc;

	foreach(lc, views)
	{
		const DependentView *view = lfirst(lc);
		Oid			now = PutBack(view);
		ListCell   *rc;

		foreach(rc, referring)
		{
			Sql			q;

			SqlBegin(&q, lfirst(rc));
			SqlAddOid(&q, REGCLASSOID, view->oid);
			SqlAddOid(&q, REGCLASSOID, now);
			SqlDo(&q, AsCatalog());
		}
	}
}
