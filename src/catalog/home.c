/*
 * home.c
 *	  Whether this database is where its pipelines were declared, or a copy.
 *
 * elt_catalog.home, which no dump carries, has an id that every pipeline is given. A trigger
 * pauses those that come with another one, and notes that the database was restored. What CREATE
 * DATABASE copies has the id as well: there the OID of the database tells. It is the same in a
 * standby that is promoted and after pg_upgrade, where pipelines go on.
 */
#include "base/compat.h"
#include "catalog/home.h"

#include "base/sql.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"

/* Whether this database still has the identity of the one that it was copied from. */
static bool
IsCopied(void)
{
	Sql			q;

	SqlBegin(&q, "select from elt_catalog.home where database <> $1");
	SqlAddOid(&q, OIDOID, MyDatabaseId);
	return SqlDo(&q, AsCatalog()) > 0;
}

/* Returns whether another session was not faster. */
static bool
TakeIdentity(void)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.home set id = gen_random_uuid(), database = $1,"
			 " restored_at = (select clock_timestamp() from elt_catalog.pipeline limit 1)"
			 " where database <> $1");
	SqlAddOid(&q, OIDOID, MyDatabaseId);
	return SqlDo(&q, AsCatalog()) > 0;
}

static uint64
PauseAll(void)
{
	return SqlExec("update elt_catalog.pipeline set paused = true, home = elt_catalog.home()",
				   AsCatalog());
}

bool
HomeSettle(void)
{
	if (!IsCopied() || !TakeIdentity() || PauseAll() == 0)
		return false;
	ereport(WARNING,
			(errmsg("pipelines that were copied from another database are paused"),
			 errhint("Where they shall run, call elt.resume and set their schedules again.")));
	return true;
}

void
HomeCheck(void)
{
	Sql			q;
	bool		restored;

	SqlBegin(&q, "select from elt_catalog.home where restored_at is not null");
	restored = SqlDo(&q, AsCatalog()) > 0;
	if (restored)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the database was restored or copied, and none of its pipelines has been "
						"resumed"),
				 errdetail("A copy must not lose what its original keeps."),
				 errhint("Where it takes the place of its original, call elt.resume and set "
						 "the schedules again.")));
}

void
HomeConfirm(void)
{
	SqlExec("update elt_catalog.home set restored_at = null where restored_at is not null",
			AsCatalog());
}
