/*
 * drift.c
 *	  Declared fields that the source has stopped delivering, fields that are new, and values that
 *	  the type of their column refuses.
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

bool
DriftIsLarge(const StagedBatch *batch)
{
	return batch->records >= MANY_RECORDS;
}

static bool
IsTold(const Pipeline *p, const StagedBatch *batch)
{
	return DriftIsLarge(batch) && batch->missing != NIL &&
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
				 " where not exists (select from elt_catalog.delivered_field"
				 "  where pipeline_id = $1 and declared)"
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
				 " where pipeline_id = $1 on conflict (pipeline_id, field) do update"
				 " set declared = true where not delivered_field.declared");
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
				 " where pipeline_id = $1 and ended_at is null"
				 " and case kind when 'missing' then field <> all ($2)"
				 "  when 'new' then field in (select unnest(present_fields || missing_fields)"
				 "   from elt_catalog.staged_batch where pipeline_id = $1) end");
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

/* ---- fields that no column reads, and values that the type of a column refuses ---- */

bool
DriftWasDelivered(const Pipeline *p, const char *field)
{
	Sql			q;

	SqlBeginKept(&q,
				 "select from elt_catalog.delivered_field"
				 " where pipeline_id = $1 and field = $2 and declared");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, field);
	return SqlDo(&q, AsCatalog()) > 0;
}

bool
DriftKnowsFields(const Pipeline *p)
{
	Sql			q;

	SqlBeginKept(&q,
				 "select from elt_catalog.delivered_field"
				 " where pipeline_id = $1 and field = '' and not declared");
	SqlAddInt4(&q, p->id);
	return SqlDo(&q, AsCatalog()) > 0;
}

void
DriftSetKnown(const Pipeline *p, List *fields)
{
	Sql			q;

	SqlBegin(&q,
			 "insert into elt_catalog.delivered_field (pipeline_id, field, declared)"
			 " select $1, f, false from unnest($2) f union all select $1, '', false"
			 " on conflict do nothing");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, fields);
	SqlDo(&q, AsCatalog());
}

List *
DriftNotKnown(const Pipeline *p, List *fields)
{
	Sql			q;

	SqlBegin(&q,
			 "select f from unnest($2) with ordinality u(f, n)"
			 " where not exists (select from elt_catalog.delivered_field"
			 "  where pipeline_id = $1 and field = f)"
			 " and f not in (select unnest(present_fields || missing_fields)"
			 "  from elt_catalog.staged_batch where pipeline_id = $1) order by n");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, fields);
	return SqlDoTexts(&q, AsCatalog());
}

int64
DriftCount(const Pipeline *p, const char *kind)
{
	Sql			q;

	SqlBegin(&q, "select count(*) from elt_catalog.drift where pipeline_id = $1 and kind = $2");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, kind);
	return SqlDoInt8(&q, AsCatalog());
}

bool
DriftAdd(const Pipeline *p, const DriftField *field)
{
	Sql			q;
	bool		is_new;

	SqlBegin(&q,
			 "insert into elt_catalog.drift as old (pipeline_id, field, kind, first_seen, last_seen,"
			 " records, sample, column_name, column_type, column_options, proposal)"
			 " values ($1, $2, $3, now(), now(), $4, $5, $6, $7, $8, $9)"
			 " on conflict (pipeline_id, field, kind) do update set"
			 " first_seen = case when old.ended_at is null then old.first_seen"
			 "  else excluded.first_seen end,"
			 " records = case when old.ended_at is null then old.records else 0 end"
			 "  + excluded.records,"
			 " sample = case when old.ended_at is null then coalesce(old.sample, excluded.sample)"
			 "  else excluded.sample end,"
			 " column_name = coalesce(excluded.column_name, old.column_name),"
			 " column_type = coalesce(excluded.column_type,"
			 "  case when old.applied_at is null then old.column_type end),"
			 " column_options = coalesce(excluded.column_options, old.column_options),"
			 " proposal = coalesce(excluded.proposal,"
			 "  case when old.applied_at is null then old.proposal end),"
			 " last_seen = excluded.last_seen, ended_at = null, applied_at = null"
			 " returning first_seen = last_seen");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, field->field);
	SqlAddText(&q, field->kind);
	SqlAddInt8(&q, field->records);
	SqlAddText(&q, field->sample);
	SqlAddText(&q, field->column_name);
	SqlAddText(&q, field->column_type);
	SqlAddText(&q, field->column_options);
	SqlAddText(&q, field->proposal);
	SqlRun(&q, AsCatalog());
	is_new = SqlBool(&q, 0, 1);
	SqlDone(&q);
	return is_new;
}

List *
DriftOpen(const Pipeline *p, const char *field)
{
	List	   *fields = NIL;
	MemoryContext caller = CurrentMemoryContext;
	Sql			q;

	SqlBegin(&q,
			 "select field, kind, records, column_name, column_type, column_options"
			 " from elt_catalog.drift where pipeline_id = $1 and applied_at is null"
			 " and (kind = 'new' and ended_at is null or kind = 'type')"
			 " and column_type is not null and field = coalesce($2, field)"
			 " order by first_seen, field, kind");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, field);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(caller);
		DriftField *open = palloc0(sizeof(DriftField));

		open->field = SqlText(&q, i, 1);
		open->kind = SqlText(&q, i, 2);
		open->records = SqlInt8(&q, i, 3, NULL);
		open->column_name = SqlText(&q, i, 4);
		open->column_type = SqlText(&q, i, 5);
		open->column_options = SqlText(&q, i, 6);
		fields = lappend(fields, open);
		MemoryContextSwitchTo(old);
	}
	SqlDone(&q);
	return fields;
}

void
DriftEndRefused(const Pipeline *p, List *columns)
{
	Sql			q;

	SqlBeginKept(&q,
				 "update elt_catalog.drift set ended_at = clock_timestamp()"
				 " where pipeline_id = $1 and kind = 'type' and ended_at is null"
				 " and column_name <> all ($2)");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, columns);
	SqlDo(&q, AsCatalog());
}

void
DriftEndNew(const Pipeline *p, List *fields)
{
	Sql			q;

	SqlBegin(&q,
			 "update elt_catalog.drift set ended_at = clock_timestamp()"
			 " where pipeline_id = $1 and kind = 'new' and ended_at is null and field = any ($2)");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, fields);
	SqlDo(&q, AsCatalog());
}

int64
DriftAddedToday(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q,
			 "select count(*) from elt_catalog.drift where pipeline_id = $1 and kind = 'new'"
			 " and applied_at > now() - interval '1 day'");
	SqlAddInt4(&q, p->id);
	return SqlDoInt8(&q, AsCatalog());
}

void
DriftSetApplied(const Pipeline *p, const DriftField *field)
{
	Sql			q;

	SqlBegin(&q,
			 "update elt_catalog.drift set applied_at = now(), ended_at = now()"
			 " where pipeline_id = $1 and field = $2 and kind = $3");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, field->field);
	SqlAddText(&q, field->kind);
	SqlDo(&q, AsCatalog());
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
