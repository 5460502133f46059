/*
 * home.c
 *	  Detect whether this database is a copy of the one where its pipelines were created.
 *
 * elt_catalog.home, which no dump includes, has an id that is stored with every pipeline. A trigger
 * pauses pipelines that arrive with another id, and records that the database was restored. CREATE
 * DATABASE copies the id as well: there the OID of the database differs. It stays the same in a
 * standby that is promoted and after pg_upgrade, where pipelines continue.
 */
#include "base/compat.h"
#include "catalog/home.h"

#include "base/sql.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

/* Whether this database still has the identity of the one that it was copied from. */
static bool
IsCopied(void)
{
	Sql			q;

	SqlBeginKept(&q, "select from elt_catalog.home where database <> $1");
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
			 errhint("To run them in this database, call elt.resume.")));
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
				 errmsg("database was restored or copied, and none of its pipelines has been "
						"resumed"),
				 errdetail("Retention in a copy must not remove data that the original database "
						   "keeps."),
				 errhint("If this database replaces the original, call elt.resume.")));
}

/* While all of them are held, elt.resume of one would start nothing. */
char *
ResumeHint(const char *pipeline)
{
	Sql			q;

	SqlBegin(&q, "select from elt_catalog.home where paused_at is not null");
	if (SqlDo(&q, AsCatalog()) > 0)
		return "Use SELECT elt.resume_all() to end elt.pause_all, which holds all pipelines.";
	return psprintf("Use SELECT elt.resume(%s) to resume it.", quote_literal_cstr(pipeline));
}

void
PipelineCheckNotPaused(const Pipeline *p)
{
	char	   *hint;

	if (!p->paused)
		return;
	hint = ResumeHint(p->name);
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("pipeline \"%s\" is paused", p->name),
			 errhint("%s", hint)));
}

void
HomeConfirm(void)
{
	SqlExec("update elt_catalog.home set restored_at = null where restored_at is not null",
			AsCatalog());
}
