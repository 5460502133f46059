/*
 * change_view.c
 *	  The view of a target's changes, and who may read it.
 */
#include "base/compat.h"
#include "change/change_view.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

void
ChangeGoesWith(Oid class, Oid object, Oid target)
{
	ObjectAddress of,
				on;

	ObjectAddressSet(of, class, object);
	ObjectAddressSet(on, RelationRelationId, target);
	recordDependencyOn(&of, &on, DEPENDENCY_AUTO);
}

Oid
ChangeMaker(Oid schema, Oid owner)
{
	return NamespaceAclCheck(schema, owner, ACL_CREATE) == ACLCHECK_OK ? owner : AsCatalog();
}

Oid
AsOfFunction(const char *name)
{
	Sql			q;

	SqlBegin(&q, "select coalesce(to_regprocedure($1 || '(timestamptz)')::oid::int8, 0)");
	SqlAddText(&q, name);
	return (Oid) SqlDoInt8(&q, AsCatalog());
}

Oid
FunctionOwner(Oid function)
{
	Sql			q;

	SqlBegin(&q, "select proowner::oid::int8 from pg_proc where oid = $1");
	SqlAddOid(&q, OIDOID, function);
	return (Oid) SqlDoInt8(&q, AsCatalog());
}

/* Service columns of log and target are none of readers' business; those of the log come first. */
static bool
IsShown(const char *name)
{
	static const char *const hidden[] = {"_change_id", "_commit_id", "_change", "_change_run_id",
	"_logged_at", "_run_id", "_deleted"};

	for (int i = 0; i < lengthof(hidden); i++)
		if (strcmp(hidden[i], name) == 0)
			return false;
	return true;
}

static char *
ViewQuery(const ChangeLog *log)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT CASE l._change WHEN 'i' THEN 'insert' "
						   "WHEN 'b' THEN 'update_preimage' WHEN 'a' THEN 'update_postimage' "
						   "ELSE 'delete' END AS _change_type, "
						   "l._change_id, l._change_run_id AS _run_id, c._committed_at");
	foreach(lc, ColumnNames(log->log))
		if (IsShown(lfirst(lc)))
			appendStringInfo(&sql, ", l.%s", quote_identifier(lfirst(lc)));
	appendStringInfo(&sql, " FROM %s AS l JOIN %s AS c ON c._commit_id = l._commit_id "
					 "WHERE l._change IN ('i', 'b', 'a', 'd', 'e')", QuotedRelation(log->log),
					 QuotedRelation(log->commits));
	return sql.data;
}

void
ChangeViewCreate(ChangeLog *log, const char *name, bool remakes)
{
	Oid			schema = get_rel_namespace(log->log);
	const char *view = quote_qualified_identifier(get_namespace_name(schema), name);
	Oid			owner = RelationOwner(log->log);
	Oid			maker = remakes ? ChangeMaker(schema, owner) : owner;

	SqlExec(psprintf("CREATE VIEW %s AS %s", view, ViewQuery(log)), maker);
	if (maker != owner)
		SqlExec(psprintf("ALTER VIEW %s OWNER TO %s", view,
						 quote_identifier(GetUserNameFromId(owner, false))), maker);
	SqlExec(psprintf("COMMENT ON VIEW %s IS %s", view,
					 quote_literal_cstr(psprintf("changes of %s", get_rel_name(log->relation)))),
			owner);
	log->changes = get_relname_relid(name, schema);
	ChangeGoesWith(RelationRelationId, log->changes, log->relation);
}

void
ChangeViewExtend(const ChangeLog *log)
{
	Oid			owner = RelationOwner(log->log);
	bool		is_own = RelationOwner(log->changes) == owner;

	SqlExec(psprintf("CREATE OR REPLACE VIEW %s AS %s", QuotedRelation(log->changes), ViewQuery(log)),
			is_own ? ChangeMaker(get_rel_namespace(log->changes), owner) : owner);
}

bool
ChangeLogIsThere(const ChangeLog *log)
{
	return get_rel_name(log->log) != NULL && get_rel_name(log->commits) != NULL;
}

/* ---- grants ---- */

static char *
Granted(const ChangeLog *log)
{
	char	   *function = ChangeAsOfName(log);

	return function == NULL || !OidIsValid(AsOfFunction(function))
		? NULL : psprintf("%s(timestamptz)", function);
}

static void
Grant(const ChangeLog *log, const char *statements)
{
	Sql			q;

	SqlBegin(&q, statements);
	SqlAddOid(&q, OIDOID, log->relation);
	SqlAddOid(&q, OIDOID, log->changes);
	SqlAddText(&q, psprintf("%s, %s, %s", QuotedRelation(log->changes), QuotedRelation(log->log),
							QuotedRelation(log->commits)));
	SqlAddText(&q, Granted(log));
	SqlExecAll(SqlDoTexts(&q, AsCatalog()), RelationOwner(log->log));
}

#define ROLE "case a.grantee when 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(a.grantee)) end"

/* With row security nobody is told what others may read. */
void
ChangeGrantsFollow(const ChangeLog *log)
{
	if (!ChangeLogIsThere(log) || get_rel_name(log->changes) == NULL)
		return;
	Grant(log, "select s from (select distinct " ROLE " r from pg_class c, aclexplode(c.relacl) a "
		  "where c.oid = $2 and a.grantee <> c.relowner and $1 <> 0) g, "
		  "unnest(array['REVOKE ALL ON ' || $3 || ' FROM ' || r, "
		  "'REVOKE ALL ON FUNCTION ' || $4 || ' FROM ' || r]) s where s is not null");
	Grant(log, "select s from (select distinct " ROLE " r from pg_class v, pg_class c, "
		  "aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a "
		  "where v.oid = $2 and c.oid = $1 and a.privilege_type = 'SELECT' "
		  "and a.grantee <> v.relowner and not c.relrowsecurity) g, "
		  "unnest(array['GRANT SELECT ON ' || $3 || ' TO ' || r, "
		  "'GRANT EXECUTE ON FUNCTION ' || $4 || ' TO ' || r]) s where s is not null");
}
