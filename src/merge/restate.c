/*
 * restate.c
 *	  Update the surrogate keys of a fact table after the history of its dimension has changed.
 *
 * Batches are applied one after the other, since a span may move more than once. A fact loaded with
 * the key of any time ends with the current one: it enters the chain of moves at its key.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/command.h"
#include "catalog/pg_type.h"
#include "merge/scd2_target.h"
#include "merge/strategy.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(elt_apply_restatements);

static void
CheckFactColumn(Oid fact, const char *column)
{
	if (get_attnum(fact, column) > 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of relation \"%s\" does not exist", column, RelationLabel(fact)),
			 errdetail("A fact table requires a surrogate key, a time, and the key columns of the "
					   "dimension.")));
}

static void
CheckFact(const Pipeline *p, Oid fact, const char *sk_column, const char *time_column)
{
	ListCell   *lc;

	if (!MergeStrategyOf(p)->keeps_history)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("pipeline \"%s\" does not keep a history", p->name),
				 errdetail("Its strategy is \"%s\", not \"scd2\".", p->strategy)));
	CheckFactColumn(fact, sk_column);
	CheckFactColumn(fact, time_column);
	foreach(lc, p->key)
		CheckFactColumn(fact, lfirst(lc));
}

/* Up to where the fact has been restated. */
static int64
AppliedBatch(const Pipeline *p, Oid fact, const char *sk_column)
{
	Sql			q;

	SqlBegin(&q,
			 "select coalesce(max(batch), 0) from elt_catalog.restated_fact"
			 " where pipeline_id = $1 and fact = $2 and sk_column = $3");
	SqlAddInt4(&q, p->id);
	SqlAddOid(&q, REGCLASSOID, fact);
	SqlAddText(&q, sk_column);
	return SqlDoInt8(&q, AsCatalog());
}

static void
RememberBatch(const Pipeline *p, Oid fact, const char *sk_column, int64 batch)
{
	Sql			q;

	SqlBegin(&q,
			 "insert into elt_catalog.restated_fact (pipeline_id, fact, sk_column, batch)"
			 " values ($1, $2, $3, $4) on conflict (pipeline_id, fact, sk_column)"
			 " do update set batch = excluded.batch, applied_at = now()");
	SqlAddInt4(&q, p->id);
	SqlAddOid(&q, REGCLASSOID, fact);
	SqlAddText(&q, sk_column);
	SqlAddInt8(&q, batch);
	SqlDo(&q, AsCatalog());
}

static int64
LastBatch(const Scd2 *scd)
{
	Sql			q;

	SqlBegin(&q, psprintf("select coalesce(max(_batch), 0) from %s", scd->restated));
	return SqlDoInt8(&q, scd->shape->pipeline->owner);
}

static int64
ApplyBatch(const Scd2 *scd, Oid fact, const char *sk_column, const char *time_column,
		   int64 batch)
{
	const char *sk = quote_identifier(sk_column);
	const char *time = quote_identifier(time_column);
	Sql			q;

	SqlBegin(&q, psprintf("UPDATE %s AS f SET %s = r._new_sk FROM %s AS r\n"
						  "WHERE r._batch = $1 AND f.%s = r._old_sk AND %s\n"
						  "\tAND f.%s >= r.valid_from AND f.%s < r.valid_to",
						  QuotedRelation(fact), sk, scd->restated, sk,
						  KeyMatch(scd->shape, "f", "r"), time, time));
	SqlAddInt8(&q, batch);
	return SqlDo(&q, scd->shape->pipeline->owner);
}

static void
CheckMayApply(const Pipeline *p)
{
	PipelineCheckMayActAsOwner(p, "apply restatements of");
}

Datum
elt_apply_restatements(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	Scd2	   *scd;
	char	   *sk_column;
	char	   *time_column;
	Oid			fact;
	int64		last;
	int64		moved = 0;

	RequireArg(fcinfo, 1, "fact");
	RequireArg(fcinfo, 2, "sk_column");
	RequireArg(fcinfo, 3, "time_column");
	fact = PG_GETARG_OID(1);
	sk_column = text_to_cstring(PG_GETARG_TEXT_PP(2));
	time_column = text_to_cstring(PG_GETARG_TEXT_PP(3));
	p = CommandBegin(fcinfo, CheckMayApply);
	CheckFact(p, fact, sk_column, time_column);
	scd = Scd2Of(Scd2ShapeOf(p));

	last = LastBatch(scd);
	for (int64 batch = AppliedBatch(p, fact, sk_column) + 1; batch <= last; batch++)
		moved += ApplyBatch(scd, fact, sk_column, time_column, batch);
	RememberBatch(p, fact, sk_column, last);
	SPI_finish();
	PG_RETURN_INT64(moved);
}
