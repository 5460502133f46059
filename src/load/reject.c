/*
 * reject.c
 *	  Write rejected rows to the staged quarantine.
 */
#include "base/compat.h"
#include "load/reject.h"

#include "base/errors.h"
#include "base/row_json.h"
#include "base/sql.h"
#include "base/type_text.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"

static const char *const form_names[] = {
	[REJECT_ROW] = "row",
	[REJECT_RECORD] = "record",
	[REJECT_PAGE] = "page",
	[REJECT_COLUMNS] = "columns",
	[REJECT_DECODED] = "decoded"
};

RejectForm
RejectFormOf(const char *name)
{
	for (int i = 0; i < lengthof(form_names); i++)
		if (strcmp(form_names[i], name) == 0)
			return (RejectForm) i;
	elog(ERROR, "unknown form of a reject \"%s\"", name);
}

static char *
ValueAsText(RowBatch *batch, int row, AttrNumber attnum)
{
	return TextOfValue(TupleDescAttr(batch->desc, attnum - 1)->atttypid,
					   batch->values[row * batch->desc->natts + attnum - 1]);
}

void
RejectRow(RowBatch *batch, int row, AttrNumber attnum, const char *reason)
{
	RowReject  *reject = palloc0(sizeof(RowReject));
	const char *column = NameStr(TupleDescAttr(batch->desc, attnum - 1)->attname);

	reject->record = batch->records == NULL ? 0 : batch->records[row];
	reject->parent = batch->parents == NULL ? 0 : batch->parents[row];
	reject->offset = -1;
	reject->column = column;
	reject->reason = reason;
	reject->sqlstate = ERRCODE_DATETIME_VALUE_OUT_OF_RANGE;
	reject->message = psprintf("%s %s is outside the requested window and %s",
							   column, ValueAsText(batch, row, attnum),
							   strcmp(reason, "expired") == 0
							   ? "before the retention cutoff"
							   : "outside [start_at, now + max_future]");
	reject->raw = RowAsJson(batch->desc, batch->values + row * batch->desc->natts,
							batch->isnull + row * batch->desc->natts);
	reject->form = REJECT_ROW;
	reject->whole = true;
	batch->rejects = lappend(batch->rejects, reject);
}

static void
AppendMember(StringInfo json, const char *name, const char *value)
{
	appendStringInfo(json, "%s\"%s\":", json->data[json->len - 1] == '{' ? "" : ",", name);
	if (value == NULL)
		appendStringInfoString(json, "null");
	else
		escape_json(json, value);
}

static void
AppendContext(StringInfo json, const RejectContext *context)
{
	if (context->ancestors != NULL)
		AppendMember(json, "ancestors", context->ancestors);
	if (context->list != NULL)
		AppendMember(json, "list", context->list);
	if (context->header != NULL)
		AppendMember(json, "header", context->header);
	if (context->line > 0)
		appendStringInfo(json, ",\"line\":" INT64_FORMAT, context->line);
	if (context->arrival > 0)
		appendStringInfo(json, ",\"arrival\":" INT64_FORMAT, context->arrival);
}

/* The rejects as a JSON array, so that one statement writes them all. */
static char *
RejectsAsJson(List *rejects, int64 parent_base)
{
	StringInfoData json;
	ListCell   *lc;

	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	foreach(lc, rejects)
	{
		RowReject  *r = lfirst(lc);

		appendStringInfoString(&json, json.len > 1 ? ",{" : "{");
		AppendMember(&json, "reason", r->reason);
		AppendMember(&json, "column_name", r->column);
		AppendMember(&json, "sqlstate", r->sqlstate ? SqlStateText(r->sqlstate) : NULL);
		AppendMember(&json, "message", r->message);
		AppendMember(&json, "raw", r->raw);
		if (r->parent > 0)
			appendStringInfo(&json, ",\"parent_record\":" INT64_FORMAT, parent_base + r->parent);
		AppendMember(&json, "form", form_names[r->form]);
		appendStringInfo(&json, ",\"whole\":%s", r->whole ? "true" : "false");
		AppendContext(&json, &r->context);
		if (r->record > 0)
			appendStringInfo(&json, ",\"record\":" INT64_FORMAT, r->record);
		if (r->offset >= 0)
			appendStringInfo(&json, ",\"byte_offset\":" INT64_FORMAT, r->offset);
		appendStringInfoChar(&json, '}');
	}
	appendStringInfoChar(&json, ']');
	return json.data;
}

int64
StageRejects(const Pipeline *p, const Slice *slice, List *rejects, int64 parent_base)
{
	Sql			q;

	if (rejects == NIL)
		return 0;
	SqlBegin(&q,
			 "insert into elt_catalog.staged_reject (pipeline_id, params, window_start,"
			 " window_end, stage, reason, column_name, record, byte_offset, sqlstate,"
			 " message, raw, form, whole, ancestors, list, header, line, arrival,"
			 " parent_record)"
			 " select $1, $2, $3, $4,"
			 " case when reason in ('out_of_range', 'expired') then 'range' else 'parse' end,"
			 " reason, column_name, record, byte_offset, sqlstate, message, raw, form, whole,"
			 " ancestors, list, header, line, arrival, parent_record"
			 " from json_to_recordset($5::json) as r(reason text, column_name text,"
			 " record bigint, byte_offset bigint, sqlstate text, message text, raw text,"
			 " form text, whole boolean, ancestors text, list text, header text, line bigint,"
			 " arrival bigint, parent_record bigint)");
	SqlAddInt4(&q, p->id);
	SqlAddJsonb(&q, slice->params);
	SqlAddTime(&q, slice->window_start);
	SqlAddTime(&q, slice->window_end);
	SqlAddText(&q, RejectsAsJson(rejects, parent_base));
	SqlDo(&q, AsCatalog());
	return list_length(rejects);
}
