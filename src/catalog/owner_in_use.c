/*
 * owner_in_use.c
 *	  Refuse to drop a role that owns pipelines, alerts, channels or consumers of this database.
 *
 * The server knows the owner of a pipeline only by a view and by privileges, which DROP OWNED removes, and
 * the owners of the others not at all. This check comes before the server's own. It does not see other
 * databases: there elt.health reports owners that were dropped.
 */
#include "base/compat.h"
#include "catalog/owner_in_use.h"

#include "base/extension.h"
#include "base/sql.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#define SHOWN 100

static object_access_hook_type next_hook = NULL;

static List *
OwnedBy(Oid role)
{
	Sql			q;

	SqlBegin(&q, "select format('owner of %s %s', o.kind, o.name) from ("
			 "select 1 as n, 'pipeline' as kind, name, owner from elt_catalog.pipeline "
			 "union all select 2, 'alert', name, owner from elt_catalog.alert "
			 "union all select 3, 'alert channel', name, owner from elt_catalog.alert_channel "
			 "union all select 4, 'consumer', name, owner from elt_catalog.consumer"
			 ") o where o.owner = $1 order by o.n, o.name");
	SqlAddOid(&q, REGROLEOID, role);
	return SqlDoTexts(&q, AsCatalog());
}

static char *
Listed(List *owned)
{
	StringInfoData list;
	int			more = list_length(owned) - SHOWN;

	initStringInfo(&list);
	for (int i = 0; i < list_length(owned) && i < SHOWN; i++)
		appendStringInfo(&list, "%s%s", i > 0 ? "\n" : "", (char *) list_nth(owned, i));
	if (more > 0)
		appendStringInfo(&list, "\nand %d others", more);
	return list.data;
}

static void
CheckOwnsNothing(Oid role)
{
	List	   *owned;

	if (!OidIsValid(get_extension_oid("pg_elt", true)) || !ExtensionIsUsable())
		return;
	PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
	owned = OwnedBy(role);
	if (owned != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("role \"%s\" cannot be dropped because some objects depend on it",
						GetUserNameFromId(role, false)),
				 errdetail_internal("%s", Listed(owned)),
				 errhint("Use elt.alter_pipeline(name, owner => ...) or elt.drop_pipeline for pipelines, and "
						 "drop the others.")));
	SPI_finish();
	PopActiveSnapshot();
}

static void
WatchDrop(ObjectAccessType access, Oid class, Oid object, int column, void *arg)
{
	if (next_hook != NULL)
		next_hook(access, class, object, column, arg);
	if (access == OAT_DROP && class == AuthIdRelationId)
		CheckOwnsNothing(object);
}

void
OwnerInUseInit(void)
{
	next_hook = object_access_hook;
	object_access_hook = WatchDrop;
}
