/*
 * auth_store.c
 *	  Store a rotated refresh token in its user mapping.
 */
#include "base/compat.h"
#include "source/http/auth_store.h"

#include "access/xact.h"
#include "base/identity.h"
#include "base/sql.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "source/http/oauth_client.h"
#include "utils/inval.h"

/* The mapping as it is now, if it is still one that can be exchanged. */
static Auth *
ReadAgain(const Auth *auth)
{
	Auth	   *now;

	AcceptInvalidationMessages();
	now = AuthRead(auth->role, auth->server);
	if (now == NULL || now->mapping != auth->mapping || now->oauth == NULL ||
		now->oauth->refresh_token == NULL)
		return NULL;
	return now;
}

bool
AuthReread(Auth *auth)
{
	MemoryContext old = MemoryContextSwitchTo(auth->cxt);
	Auth	   *now = ReadAgain(auth);
	ListCell   *lc;

	if (now != NULL)
	{
		auth->oauth = now->oauth;
		foreach(lc, now->secrets)
			AuthAddSecret(auth, lfirst(lc));
	}
	MemoryContextSwitchTo(old);
	return now != NULL;
}

static RoleSpec *
WhoseMapping(const Auth *auth)
{
	RoleSpec   *role = makeNode(RoleSpec);

	role->roletype = OidIsValid(auth->user) ? ROLESPEC_CSTRING : ROLESPEC_PUBLIC;
	if (OidIsValid(auth->user))
		role->rolename = GetUserNameFromId(auth->user, false);
	role->location = -1;
	return role;
}

static void
Alter(void *arg)
{
	(void) AlterUserMapping(arg);
}

void
AuthStoreRefreshToken(const Auth *auth, char *token)
{
	AlterUserMappingStmt *statement = makeNode(AlterUserMappingStmt);
	Auth	   *now = ReadAgain(auth);

	if (now == NULL || strcmp(now->oauth->refresh_token, auth->oauth->refresh_token) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("user mapping was concurrently updated")));
	statement->user = WhoseMapping(auth);
	statement->servername = GetForeignServer(auth->server)->servername;
	statement->options = list_make1(makeDefElemExtended(NULL, "refresh_token",
														(Node *) makeString(token),
														DEFELEM_SET, -1));
	RunAs(AsCatalog(), Alter, statement);
	ForceSyncCommit();
}
