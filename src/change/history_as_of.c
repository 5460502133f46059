/*
 * history_as_of.c
 *	  The function for the rows of a history as of a time, one query that the planner puts in place.
 */
#include "base/compat.h"
#include "change/history_as_of.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "change/change_view.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define BEGINS "SELECT d.* FROM "
#define ENDS " AS d\nWHERE d.valid_from <= $1 AND d.valid_to > $1"

/* Names of functions of a history that are as they were created here; a dump keeps no more of them. */
static List *
FunctionsOf(Oid target)
{
	Sql			q;

	SqlBegin(&q, "select format('%I.%I', n.nspname, f.proname) from pg_proc f "
			 "join pg_namespace n on n.oid = f.pronamespace join pg_language l on l.oid = f.prolang "
			 "where f.prorettype = $1 and f.proretset and f.proargtypes = array[$2]::oidvector "
			 "and f.proargnames = '{at}' and l.lanname = 'sql' "
			 "and starts_with(f.prosrc, $3) and strpos(f.prosrc, $4) > 0 order by 1");
	SqlAddOid(&q, OIDOID, get_rel_type_id(target));
	SqlAddOid(&q, OIDOID, TIMESTAMPTZOID);
	SqlAddText(&q, BEGINS);
	SqlAddText(&q, ENDS);
	return SqlDoTexts(&q, AsCatalog());
}

/*
 * Let the roles that may read the history call the function, and no others. The function runs with the
 * privileges of its caller, so that row-level security applies.
 */
static void
GrantsFollow(const char *name, Oid target)
{
	Sql			q;
	Oid			function = AsOfFunction(name);

	SqlBegin(&q, "with has as (select f.proowner as owner, a.grantee from pg_proc f, "
			 "aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a where f.oid = $1), "
			 "due as (select distinct f.proowner as owner, a.grantee from pg_proc f, pg_class c, "
			 "aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a "
			 "where f.oid = $1 and c.oid = $2 and a.privilege_type = 'SELECT') "
			 "select format(case when h.grantee is null then 'GRANT EXECUTE ON FUNCTION %s TO %s' "
			 "else 'REVOKE EXECUTE ON FUNCTION %s FROM %s' end, $3, "
			 "case grantee when 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(grantee)) end) "
			 "from has h full join due d using (grantee) where (h.grantee is null or d.grantee is null) "
			 "and grantee <> coalesce(h.owner, d.owner) order by 1");
	SqlAddOid(&q, OIDOID, function);
	SqlAddOid(&q, OIDOID, target);
	SqlAddText(&q, psprintf("%s(timestamptz)", name));
	SqlExecAll(SqlDoTexts(&q, AsCatalog()), FunctionOwner(function));
}

/* A version that marks a delete is no row of that time. */
static void
Create(const char *name, Oid target, Oid owner, Oid maker)
{
	bool		marks = get_attnum(target, "_deleted") != InvalidAttrNumber;

	SqlExec(psprintf("CREATE OR REPLACE FUNCTION %s(at timestamptz) RETURNS SETOF %s\n"
					 "LANGUAGE sql STABLE AS %s", name, QuotedRelation(target),
					 quote_literal_cstr(psprintf(BEGINS "%s" ENDS "%s",
												 QuotedRelation(target),
												 marks ? " AND d._deleted IS NOT TRUE" : ""))),
			maker);
	SqlExec(psprintf("COMMENT ON FUNCTION %s IS %s", name,
					 quote_literal_cstr(psprintf("versions of %s that were valid at a time",
												 get_rel_name(target)))), owner);
	ChangeGoesWith(ProcedureRelationId, AsOfFunction(name), target);
	GrantsFollow(name, target);
}

static bool
MayCreate(Oid schema, Oid owner, const char *name)
{
	bool		fits = strlen(name) < NAMEDATALEN;

	if (fits && NamespaceAclCheck(schema, owner, ACL_CREATE) == ACLCHECK_OK)
		return true;
	ereport(NOTICE,
			(errmsg("function \"%s\" was not created", name),
			 fits ? errdetail("The owner of the pipeline may not create objects in the schema.")
			 : errdetail("Its name is too long.")));
	return false;
}

void
HistoryAsOfEnsure(Oid target, Oid owner)
{
	Oid			schema = get_rel_namespace(target);
	char	   *name = psprintf("%s_as_of", get_rel_name(target));
	char	   *qualified = quote_qualified_identifier(get_namespace_name(schema), name);

	if (!OidIsValid(AsOfFunction(qualified)) && MayCreate(schema, owner, name))
		Create(qualified, target, owner, owner);
}

void
HistoryAsOfFollow(Oid target)
{
	ListCell   *lc;

	foreach(lc, FunctionsOf(target))
	{
		Oid			function = AsOfFunction(lfirst(lc));
		Oid			owner = FunctionOwner(function);

		Create(lfirst(lc), target, owner, ChangeMaker(get_func_namespace(function), owner));
	}
}

void
HistoryGrantsFollow(Oid target)
{
	ListCell   *lc;

	foreach(lc, FunctionsOf(target))
		GrantsFollow(lfirst(lc), target);
}
