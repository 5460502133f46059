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

/* A version that marks a delete is no row of that time. */
static void
Create(const char *name, Oid target, Oid owner)
{
	bool		marks = get_attnum(target, "_deleted") != InvalidAttrNumber;

	SqlExec(psprintf("CREATE OR REPLACE FUNCTION %s(at timestamptz) RETURNS SETOF %s\n"
					 "LANGUAGE sql STABLE AS %s", name, QuotedRelation(target),
					 quote_literal_cstr(psprintf("SELECT d.* FROM %s AS d\n"
												 "WHERE d.valid_from <= $1 AND d.valid_to > $1%s",
												 QuotedRelation(target),
												 marks ? " AND d._deleted IS NOT TRUE" : ""))),
			owner);
	SqlExec(psprintf("COMMENT ON FUNCTION %s IS 'versions of %s that were valid at a time'", name,
					 get_rel_name(target)), owner);
	ChangeGoesWith(ProcedureRelationId, AsOfFunction(name), target);
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

	if (MayCreate(schema, owner, name) && !OidIsValid(AsOfFunction(qualified)))
		Create(qualified, target, owner);
}

/* A dump does not say that they go with the target, but what they return. */
void
HistoryAsOfFollow(Oid target)
{
	Sql			q;

	SqlBegin(&q, "select oid::regproc::text, proowner::oid from pg_proc where prorettype = $1 "
			 "and proretset and proargtypes = array[$2]::oidvector and proname like '%\\_as\\_of'");
	SqlAddOid(&q, OIDOID, get_rel_type_id(target));
	SqlAddOid(&q, OIDOID, TIMESTAMPTZOID);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		Create(SqlText(&q, i, 1), target, DatumGetObjectId(SqlDatum(&q, i, 2, NULL)));
	SqlDone(&q);
}
