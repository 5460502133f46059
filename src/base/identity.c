/*
 * identity.c
 *	  Switch to the extension's owner or to a pipeline's owner, and back again.
 */
#include "base/compat.h"
#include "base/identity.h"

#include "base/setting.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_server.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/syscache.h"

/*
 * What names mean, and how values become text and are read again, must not hang on the session.
 * DateStyle keeps its order of day and month: that is how the user's own literals are read.
 */
static void
PinSettings(void)
{
	SettingSet("search_path", "pg_catalog, pg_temp");
	SettingSet("default_tablespace", "");
	if (DateStyle != USE_ISO_DATES)
		SettingSet("DateStyle", "ISO");
	if (IntervalStyle != INTSTYLE_POSTGRES)
		SettingSet("IntervalStyle", "postgres");
	if (extra_float_digits != 1)
		SettingSet("extra_float_digits", "1");
	if (bytea_output != BYTEA_OUTPUT_HEX)
		SettingSet("bytea_output", "hex");
}

/* A role can go while what it owns here is still written down. */
static void
CheckRoleExists(Oid role)
{
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role with OID %u does not exist", role),
				 errhint("Use elt.alter_pipeline(name, owner => ...) to assign its pipelines to "
						 "another owner, and drop and create its alerts and their channels "
						 "again.")));
}

void
RunAs(Oid role, void (*fn) (void *arg), void *arg)
{
	Oid			saved_user;
	int			saved_context;
	int			guc_level;

	CheckRoleExists(role);
	GetUserIdAndSecContext(&saved_user, &saved_context);
	guc_level = NewGUCNestLevel();
	PG_TRY();
	{
		SetUserIdAndSecContext(role, saved_context | SECURITY_LOCAL_USERID_CHANGE |
							   SECURITY_RESTRICTED_OPERATION);
		PinSettings();
		fn(arg);
	}
	PG_FINALLY();
	{
		SetUserIdAndSecContext(saved_user, saved_context);
	}
	PG_END_TRY();
	AtEOXact_GUC(false, guc_level);
}

static bool
IsMemberOfNamed(Oid member, const char *role_name)
{
	Oid			role = get_role_oid(role_name, true);

	return OidIsValid(role) && has_privs_of_role(member, role);
}

bool
MayActFor(Oid role, bool operators_too)
{
	return superuser() || has_privs_of_role(GetUserId(), role) ||
		IsMemberOfNamed(GetUserId(), "elt_admin") ||
		(operators_too && IsMemberOfNamed(GetUserId(), "elt_operator"));
}

void
RequireServerUsage(Oid server, Oid role)
{
	AclResult	acl = ForeignServerAclCheck(server, role, ACL_USAGE);

	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_FOREIGN_SERVER, GetForeignServer(server)->servername);
}

bool
MayReachPrivate(Oid role)
{
	return superuser_arg(role) || IsMemberOfNamed(role, "elt_admin");
}
