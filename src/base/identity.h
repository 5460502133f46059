/*
 * identity.h
 *	  Run code as the owner of the extension, for the catalog, or as the owner of a pipeline, for
 *	  its source, staging table, expressions and target.
 */
#ifndef ELT_BASE_IDENTITY_H
#define ELT_BASE_IDENTITY_H

#include "postgres.h"

/*
 * Call fn(arg) as role, in a security-restricted operation with search_path pinned to
 * pg_catalog and values written as text in one form, and restore the caller on every exit. fn
 * must not commit or roll back.
 */
extern void RunAs(Oid role, void (*fn) (void *arg), void *arg);

/* Is the current user role, a member of it, or allowed to act for every pipeline? */
extern bool MayActFor(Oid role, bool operators_too);

/* Raise an error unless role has USAGE of a foreign server. */
extern void RequireServerUsage(Oid server, Oid role);

/* May role allow requests to private addresses? */
extern bool MayReachPrivate(Oid role);

#endif
