/*
 * source_rights.c
 *	  Check that a pipeline's owner may read its source.
 */
#include "base/compat.h"
#include "pipeline/source_rights.h"

#include "access/relation.h"
#include "base/identity.h"
#include "base/sql_name.h"
#include "catalog/objectaddress.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "source/definition.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* A role may have the privilege on each of the columns. */
static void
CheckColumns(Oid source, Oid role)
{
	Relation	rel = RelationOpen(source, AccessShareLock);

	for (int i = 0; i < RelationGetDescr(rel)->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), i);

		if (!att->attisdropped && pg_attribute_aclcheck(source, att->attnum, role, ACL_SELECT) !=
			ACLCHECK_OK)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied for column \"%s\" of relation \"%s\"",
							NameStr(att->attname), get_rel_name(source)),
					 errdetail("All columns of a source are read as the pipeline's owner, role \"%s\".",
							   GetUserNameFromId(role, true)),
					 errhint("Grant SELECT on it, or use a view without the column.")));
	}
	relation_close(rel, NoLock);
}

static bool
HasAnyColumn(Oid source, Oid role)
{
	return pg_attribute_aclcheck_all(source, role, ACL_SELECT, ACLMASK_ANY) == ACLCHECK_OK;
}

/* Privileges count when a run begins, not only when its pipeline was declared. */
void
SourceCheckReadable(Oid source, Oid role)
{
	AclResult	acl;

	relation_close(RelationOpen(source, AccessShareLock), NoLock);
	acl = pg_class_aclcheck(source, role, ACL_SELECT);
	if (acl != ACLCHECK_OK && !HasAnyColumn(source, role))
		aclcheck_error(acl, get_relkind_objtype(get_rel_relkind(source)), get_rel_name(source));
	if (acl != ACLCHECK_OK)
		CheckColumns(source, role);
	/* who may select from a foreign table of another wrapper needs no more */
	if (SourceIsOurs(source))
		RequireServerUsage(GetForeignTable(source)->serverid, role);
}
