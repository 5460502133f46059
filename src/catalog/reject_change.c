/*
 * reject_change.c
 *	  Statements about rejects that people fix or discard.
 */
#include "base/compat.h"
#include "catalog/reject_change.h"

#include "base/errors.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"

int64
RejectsDiscard(const Pipeline *p, const RejectSet *set, const char *reason)
{
	ChosenIds	chosen = ChosenIdsOf(p, set);
	Sql			q;

	SqlBegin(&q,
			 psprintf("update elt_catalog.reject j set state = 'discarded', resolution = $%d,"
					  " resolved_at = clock_timestamp(), resolved_by = $%d"
					  " where j.pipeline_id = $1 and " REJECT_IS_OPEN("j") "%s", chosen.is_all ? 2 : 3,
					  chosen.is_all ? 3 : 4, AndChosen(&chosen, set)));
	SqlAddInt4(&q, p->id);
	AddChosen(&q, &chosen, set);
	SqlAddText(&q, reason);
	SqlAddOid(&q, REGROLEOID, GetUserId());
	return SqlDo(&q, AsCatalog());
}

int32
RejectPipeline(int64 id)
{
	Sql			q;
	int32		pipeline_id = 0;

	SqlBegin(&q, "select pipeline_id from elt_catalog.reject where id = $1");
	SqlAddInt8(&q, id);
	if (SqlRun(&q, AsCatalog()) == 1)
		pipeline_id = SqlInt4(&q, 0, 1, NULL);
	SqlDone(&q);
	if (pipeline_id == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("reject %lld does not exist", (long long) id),
				 errhint("Use SELECT reject_id, pipeline, message FROM elt.rejects to list the "
						 "rejects.")));
	return pipeline_id;
}

void
RejectPatch(const Pipeline *p, int64 id, const char *patch)
{
	Sql			q;

	SqlBegin(&q,
			 "update elt_catalog.reject j set state = 'fixed', patch = $3, fixed_by = $4,"
			 " fixed_at = clock_timestamp() where j.pipeline_id = $1 and j.id = $2"
			 " and " REJECT_IS_OPEN("j"));
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, id);
	SqlAddJsonb(&q, patch);
	SqlAddOid(&q, REGROLEOID, GetUserId());
	if (SqlDo(&q, AsCatalog()) == 1)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("reject %lld cannot be fixed", (long long) id),
			 errdetail("It has been replayed, superseded or discarded.")));
}

char *
RejectState(int64 id, char **message)
{
	Sql			q;
	char	   *state;

	SqlBegin(&q, "select state, message from elt_catalog.reject where id = $1");
	SqlAddInt8(&q, id);
	SqlRun(&q, AsCatalog());
	state = SqlText(&q, 0, 1);
	*message = SqlText(&q, 0, 2);
	SqlDone(&q);
	return state;
}
