/*
 * readers.c
 *	  Who may read a table may read what has left it.
 */
#include "base/compat.h"
#include "partition/readers.h"

#include "access/xact.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/dependency.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"

#define READERS(relation) \
	"select a.grantee, a.is_grantable from pg_class c, aclexplode(c.relacl) a " \
	"where c.oid = " relation " and a.privilege_type = 'SELECT' and a.grantee <> c.relowner "
#define GRANTEE "case grantee when 0 then 'PUBLIC' else grantee::regrole::text end"

/* $1 is the table, $2 the relations, $3 whether they are ours. */
static const char statements[] =
"with part as (select c.oid, format('%I.%I', n.nspname, c.relname) as name, c.relacl, c.relowner "
"from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = any ($2)), "
"wanted as (select p.name, r.* from part p, (" READERS("$1") "and not c.relrowsecurity) r), "
"has as (select p.name, a.grantee, a.is_grantable from part p, aclexplode(p.relacl) a "
"where a.privilege_type = 'SELECT' and a.grantee <> p.relowner) "
"select s from (select 1 as place, format('REVOKE SELECT ON %s FROM %s', name, " GRANTEE ") as s "
"from (table has except table wanted) r where $3 union all "
"select 2, format('GRANT SELECT ON %s TO %s%s', name, " GRANTEE ", "
"case when is_grantable then ' WITH GRANT OPTION' end) "
"from (table wanted except table has) g) s order by place, s";

void
CarryReaders(Oid relation, List *to, Oid owner, bool is_ours)
{
	Sql			q;
	static SPIPlanPtr plan = NULL;

	if (to == NIL)
		return;
	SqlBeginAs(&q, statements, CURSOR_OPT_GENERIC_PLAN, &plan);
	SqlAddOid(&q, OIDOID, relation);
	SqlAddOidArray(&q, to);
	SqlAddBool(&q, is_ours);
	SqlExecAll(SqlDoTexts(&q, AsCatalog()), owner);
}

void
DropWith(Oid relation, Oid dependent)
{
	ObjectAddress whole = {RelationRelationId, relation, 0};
	ObjectAddress part = {RelationRelationId, dependent, 0};
	Sql			q;

	SqlBeginKept(&q, "select from pg_depend where classid = 'pg_class'::regclass and objid = $2 "
			 "and refclassid = 'pg_class'::regclass and refobjid = $1 and refobjsubid = 0 and deptype = 'a'");
	SqlAddOid(&q, OIDOID, relation);
	SqlAddOid(&q, OIDOID, dependent);
	if (SqlDo(&q, AsCatalog()) > 0)
		return;
	recordDependencyOn(&part, &whole, DEPENDENCY_AUTO);
	CommandCounterIncrement();
}
