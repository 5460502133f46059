/*
 * identity.h
 *	  The two identities: our catalogue is read and written as the extension's owner; source,
 *	  staging, expressions and target are touched as the pipeline's owner.
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

/* May role say that requests reach into the server's own network? */
extern bool MayReachPrivate(Oid role);

#endif
