/*
 * home.c
 *	  Whether this database is where its pipelines were declared, or was restored from a dump.
 *
 * elt_catalog.home, which no dump carries, has an id that every pipeline is given. A trigger
 * pauses those that come with another one, and notes that the database was restored.
 */
#include "base/compat.h"
#include "catalog/home.h"

#include "base/sql.h"

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
				 errmsg("the database was restored and none of its pipelines has been resumed"),
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
