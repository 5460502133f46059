/*
 * source_rights.c
 *	  Check that a pipeline's owner may read its source.
 */
#include "base/compat.h"
#include "pipeline/source_rights.h"

#include "access/relation.h"
#include "base/sql.h"
#include "catalog/pg_foreign_server.h"
#include "foreign/foreign.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"

/* Privileges count when a run begins, not only when its pipeline was declared. */
void
SourceCheckReadable(Oid source, Oid role)
{
	AclResult	acl;
	ForeignTable *table;

	relation_close(RelationOpen(source, AccessShareLock), NoLock);
	acl = pg_class_aclcheck(source, role, ACL_SELECT);
	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_FOREIGN_TABLE, get_rel_name(source));
	table = GetForeignTable(source);
	acl = ForeignServerAclCheck(table->serverid, role, ACL_USAGE);
	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_FOREIGN_SERVER,
					   GetForeignServer(table->serverid)->servername);
}
