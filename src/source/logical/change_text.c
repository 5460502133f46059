/*
 * change_text.c
 *	  Write a change as JSON, from which a row that was rejected is replayed.
 */
#include "base/compat.h"
#include "source/logical/change_text.h"

#include "catalog/pg_type.h"
#include "decode/row_batch.h"
#include "lib/stringinfo.h"
#include "source/logical/logical_source.h"
#include "source/logical/slot.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* A value that is nested deeper cannot be replayed. */
#define JSON_DEPTH 100

/* A row in the making, for its reject. */
typedef struct RowText
{
	const ChangeText *change;
	StringInfoData json;
	bool		whole;			/* it says all that the row has */
} RowText;

static void
AppendMember(RowText *row, const char *name, const char *value, int len)
{
	appendStringInfoString(&row->json, row->json.len > 1 ? ", " : "");
	escape_json(&row->json, name);
	appendStringInfoString(&row->json, ": ");
	escape_json(&row->json, pnstrdup(value, len));
}

static void
AppendText(RowText *row, const char *name, const char *value)
{
	AppendMember(row, name, value, (int) strlen(value));
}

JsonReader *
ChangeTextReader(void)
{
	return JsonReaderCreate(DEFAULT_RAW_LIMIT, JSON_DEPTH);
}

/* As it would be a string where it is read again. */
static bool
IsJson(Oid type)
{
	Oid			base = getBaseType(type);

	return base == JSONOID || base == JSONBOID;
}

static bool
IsValidJson(JsonReader *reader, const OutputValue *value)
{
	JsonReaderOpen(reader, MemoryByteSource(value->text, value->len), JSON_ONE);
	return JsonSkip(reader) != JSON_ERROR && JsonNext(reader) == JSON_END;
}

static void
AppendJson(RowText *row, const char *name, const OutputValue *value)
{
	if (!IsValidJson(row->change->json, value))
	{
		row->whole = false;
		AppendMember(row, name, value->text, value->len);
		return;
	}
	appendStringInfoString(&row->json, row->json.len > 1 ? ", " : "");
	escape_json(&row->json, name);
	appendStringInfoString(&row->json, ": ");
	appendBinaryStringInfo(&row->json, value->text, value->len);
}

static void
AppendRole(RowText *row, const char *name, ChangeRole role)
{
	const OutputBegin *transaction = row->change->transaction;

	switch (role)
	{
		case CHANGE_LSN:
			AppendText(row, name, LsnText(transaction->commit));
			break;
		case CHANGE_POSITION:
			AppendText(row, name, psprintf(INT64_FORMAT, row->change->position));
			break;
		case CHANGE_COMMITTED_AT:
			AppendText(row, name, timestamptz_to_str(transaction->committed_at));
			break;
		case CHANGE_XID:
			AppendText(row, name, psprintf("%u", transaction->xid));
			break;
		default:
			AppendText(row, name, row->change->op);
			break;
	}
}

static void
AppendColumn(RowText *row, int i)
{
	const SourceDefinition *def = row->change->def;
	const ChangeColumn *column = &((const LogicalSource *) def->own)->changes[i];
	Form_pg_attribute att = TupleDescAttr(def->desc, column->attnum - 1);
	const char *name = NameStr(att->attname);
	int			at = row->change->column_of[i];

	if (column->role != CHANGE_VALUE)
		AppendRole(row, name, column->role);
	else if (at < 0 || at >= row->change->tuple->count || row->change->tuple->values[at].kind != OUTPUT_TEXT)
		return;
	else if (IsJson(att->atttypid))
		AppendJson(row, name, &row->change->tuple->values[at]);
	else
		AppendMember(row, name, row->change->tuple->values[at].text, row->change->tuple->values[at].len);
}

char *
ChangeTextOf(void *change, bool *whole)
{
	RowText		row = {change};
	const LogicalSource *source = row.change->def->own;

	row.whole = true;
	initStringInfo(&row.json);
	appendStringInfoChar(&row.json, '{');
	for (int i = 0; i < source->nchanges; i++)
		AppendColumn(&row, i);
	appendStringInfoChar(&row.json, '}');
	*whole = row.whole;
	return row.json.data;
}
