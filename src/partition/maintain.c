#include "base/compat.h"
#include "partition/maintain.h"

#include "access/htup_details.h"
#include "base/identity.h"
#include "base/sql.h"
#include "catalog/pg_class.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

void
CheckMayMaintain(Oid relation)
{
	if (!MayActFor(RelationOwner(relation), false))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of table %s", QuotedRelation(relation)),
				 errhint("Members of elt_admin may maintain every table.")));
}

static void
CheckHasPolicy(Oid relation)
{
	if (PolicyOf(relation) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("table %s has no partition policy", QuotedRelation(relation)),
				 errhint("Set one with elt.set_policy, or with partition_interval in "
						 "elt.create_pipeline.")));
}

/* Policy and ledger of a table that was dropped: its OID may come back for another one. */
static void
ForgetDropped(void)
{
	SqlExec("delete from elt_catalog.policy "
			"where not exists (select from pg_class c where c.oid = relation)", AsCatalog());
	SqlExec("delete from elt_catalog.partition "
			"where not exists (select from pg_class c where c.oid = parent)", AsCatalog());
}

List *
RelationsToMaintain(Oid relation)
{
	Sql			q;
	List	   *relations = NIL;

	if (OidIsValid(relation))
	{
		CheckMayMaintain(relation);
		CheckHasPolicy(relation);
		return list_make1_oid(relation);
	}

	ForgetDropped();

	/* Always by OID, so that two callers lock tables in the same order. */
	SqlBegin(&q, "select c.oid from elt_catalog.policy p join pg_class c on c.oid = p.relation "
			 "order by 1");
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		Oid			relid = DatumGetObjectId(SqlDatum(&q, i, 1, NULL));

		if (MayActFor(RelationOwner(relid), false))
			relations = lappend_oid(relations, relid);
	}
	SqlDone(&q);
	return relations;
}

void
ReturnPart(FunctionCallInfo fcinfo, Oid relation, const char *name, const Part *part,
		   const char *action)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		values[6] = {
		ObjectIdGetDatum(relation),
		CStringGetTextDatum(name),
		TimestampTzGetDatum(part->lower),
		TimestampTzGetDatum(part->upper),
		action ? CStringGetTextDatum(action) : (Datum) 0,
		(Datum) 0
	};
	bool		nulls[6] = {false, false, false, false, action == NULL, true};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}
