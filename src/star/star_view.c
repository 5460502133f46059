/*
 * star_view.c
 *	  Create a view of a star schema, or change the one that is there.
 */
#include "base/compat.h"
#include "star/star_view.h"

#include "access/relation.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

static TupleDesc
ColumnsOf(const char *select, Oid role)
{
	TupleDesc	desc;
	Sql			q;

	SqlBegin(&q, psprintf("SELECT * FROM (%s) v LIMIT 0", select));
	(void) SqlRun(&q, role);
	desc = CreateTupleDescCopy(q.rows->tupdesc);
	SqlDone(&q);
	return desc;
}

/* CREATE OR REPLACE VIEW only adds columns at the end. */
static bool
OnlyAdds(Oid view, TupleDesc columns)
{
	Relation	rel = RelationOpen(view, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	bool		adds = desc->natts <= columns->natts;

	for (int i = 0; adds && i < desc->natts; i++)
	{
		Form_pg_attribute old = TupleDescAttr(desc, i);
		Form_pg_attribute new = TupleDescAttr(columns, i);

		adds = strcmp(NameStr(old->attname), NameStr(new->attname)) == 0 &&
			old->atttypid == new->atttypid && old->atttypmod == new->atttypmod &&
			old->attcollation == new->attcollation;
	}
	relation_close(rel, AccessShareLock);
	return adds;
}

/* GRANT statements (char *). */
static List *
GrantsOn(Oid view)
{
	Sql			q;

	SqlBegin(&q, "select format('GRANT %s ON %I.%I TO %s%s', a.privilege_type, n.nspname, c.relname,"
			 " case a.grantee when 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(a.grantee)) end,"
			 " case when a.is_grantable then ' WITH GRANT OPTION' end)"
			 " from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace,"
			 " aclexplode(c.relacl) a where c.oid = $1 and a.grantee <> c.relowner");
	SqlAddOid(&q, REGCLASSOID, view);
	return SqlDoTexts(&q, AsCatalog());
}

void
StarViewPut(const char *schema, const char *name, const char *select, Oid role)
{
	const char *quoted = quote_qualified_identifier(schema, name);
	Oid			view = get_relname_relid(name, get_namespace_oid(schema, false));
	List	   *grants = NIL;

	if (OidIsValid(view) && !OnlyAdds(view, ColumnsOf(select, role)))
	{
		grants = GrantsOn(view);
		(void) SqlExec(psprintf("DROP VIEW %s", quoted), role);
	}
	(void) SqlExec(psprintf("CREATE OR REPLACE VIEW %s AS %s", quoted, select), role);
	SqlExecAll(grants, role);
}
