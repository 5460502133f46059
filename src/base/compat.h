/*
 * compat.h
 *	  The server versions that pg_elt supports, and every difference between them.
 */
#ifndef ELT_COMPAT_H
#define ELT_COMPAT_H

#include "postgres.h"
#include "fmgr.h"

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM >= 190000
#error "pg_elt supports PostgreSQL 15 to 18"
#endif

/* Input functions that report a bad value instead of throwing it. */
#define HAVE_SOFT_INPUT_ERRORS (PG_VERSION_NUM >= 160000)

/* ACL checks of servers became generic in 16. */
#if PG_VERSION_NUM >= 160000
#define ForeignServerAclCheck(server, role, mode) \
	object_aclcheck(ForeignServerRelationId, server, role, mode)
#else
#define ForeignServerAclCheck(server, role, mode) \
	pg_foreign_server_aclcheck(server, role, mode)
#endif

#endif
