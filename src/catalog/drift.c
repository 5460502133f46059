/*
 * drift.c
 *	  Declared fields that the source has stopped delivering.
 *
 * A path without a value in every record of a batch is drift only when it had a value before:
 * until then it is unknown whether the source has the field at all. In the first batch it may be
 * misspelled.
 */
#include "base/compat.h"
#include "catalog/drift.h"

#include "base/sql.h"
#include "lib/stringinfo.h"

/* In fewer records a field may be missing by chance. */
#define MANY_RECORDS 20

static bool
IsTold(const Pipeline *p, const StagedBatch *batch)
{
	return batch->records >= MANY_RECORDS && batch->missing != NIL &&
		strcmp(p->on_missing_field, "ignore") != 0;
}

List *
DriftUnknown(const Pipeline *p, const StagedBatch *batch)
{
	Sql			q;

	if (!IsTold(p, batch))
		return NIL;
	SqlBeginKept(&q,
				 "select field from unnest($2) with ordinality as f(field, n)"
				 " where not exists (select from elt_catalog.delivered_field where pipeline_id = $1)"
				 " order by n");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, batch->missing);
	return SqlDoTexts(&q, AsCatalog());
}

List *
DriftOf(const Pipeline *p, const StagedBatch *batch)
{
	Sql			q;

	if (!IsTold(p, batch))
		return NIL;
	SqlBeginKept(&q,
				 "select field from elt_catalog.delivered_field"
				 " where pipeline_id = $1 and field = any ($2) order by field");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, batch->missing);
	return SqlDoTexts(&q, AsCatalog());
}

static void
AddDelivered(const Pipeline *p)
{
	Sql			q;

	SqlBeginKept(&q,
				 "insert into elt_catalog.delivered_field (pipeline_id, field)"
				 " select pipeline_id, unnest(present_fields) from elt_catalog.staged_batch"
				 " where pipeline_id = $1 on conflict do nothing");
	SqlAddInt4(&q, p->id);
	SqlDo(&q, AsCatalog());
}

/* A field that has come again, or that is not declared any more. */
static void
EndDrift(const Pipeline *p, const StagedBatch *batch)
{
	Sql			q;

	SqlBeginKept(&q,
				 "update elt_catalog.drift set ended_at = clock_timestamp()"
				 " where pipeline_id = $1 and ended_at is null and field <> all ($2)");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, batch->missing);
	SqlDo(&q, AsCatalog());
}

static List *
AddMissing(const Pipeline *p, List *missing)
{
	List	   *news = NIL;
	Sql			q;

	SqlBegin(&q,
			 "insert into elt_catalog.drift as old (pipeline_id, field, kind, first_seen,"
			 " last_seen, records, sample)"
			 " select b.pipeline_id, f.field, 'missing', now(), now(), b.records, b.sample"
			 " from elt_catalog.staged_batch b, unnest($2) as f(field) where b.pipeline_id = $1"
			 " on conflict (pipeline_id, field, kind) do update set"
			 " first_seen = case when old.ended_at is null then old.first_seen"
			 "  else excluded.first_seen end,"
			 " records = case when old.ended_at is null then old.records else 0 end"
			 "  + excluded.records,"
			 " sample = case when old.ended_at is null then old.sample else excluded.sample end,"
			 " last_seen = excluded.last_seen, ended_at = null"
			 " returning field, first_seen = last_seen");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, missing);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		if (SqlBool(&q, i, 2))
			news = lappend(news, SqlText(&q, i, 1));
	SqlDone(&q);
	return news;
}

List *
DriftRecord(const Pipeline *p, const StagedBatch *batch, List *missing)
{
	if (batch->records == 0)
		return NIL;
	AddDelivered(p);
	EndDrift(p, batch);
	return missing == NIL ? NIL : AddMissing(p, missing);
}

char *
DriftText(const StagedBatch *batch, List *fields)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	appendStringInfoString(&text, list_length(fields) == 1 ? "field " : "fields ");
	foreach(lc, fields)
		appendStringInfo(&text, "%s\"%s\"", foreach_current_index(lc) > 0 ? ", " : "",
						 (char *) lfirst(lc));
	appendStringInfo(&text, " %s missing from all " INT64_FORMAT " records",
					 list_length(fields) == 1 ? "is" : "are", batch->records);
	return text.data;
}
