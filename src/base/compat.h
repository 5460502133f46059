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

/* A wait set that its owner frees; 17 ties sets to resource owners instead of contexts. */
#if PG_VERSION_NUM >= 170000
#define CreateWaitEventSet_compat(cxt, nevents) CreateWaitEventSet(NULL, nevents)
#else
#define CreateWaitEventSet_compat(cxt, nevents) CreateWaitEventSet(cxt, nevents)
#endif

/* Before 17 all extensions share one wait event. */
#if PG_VERSION_NUM >= 170000
#define NamedWaitEvent_compat(name) WaitEventExtensionNew(name)
#else
#define NamedWaitEvent_compat(name) PG_WAIT_EXTENSION
#endif

#endif
