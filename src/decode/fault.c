/*
 * fault.c
 *	  Report faults of pages and records.
 *
 * A fault of the page ends decoding, but is raised only after all rows before it were returned.
 * A record with a fault is rejected.
 */
#include "postgres.h"

#include "base/errors.h"
#include "decode/arrival.h"
#include "decode/decoder.h"
#include "decode/header_row.h"
#include "decode/json_string.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/json.h"

/* ---- pages ---- */

static void
Fail(Decoder *d, int sqlstate, char *message, char *detail, const char *hint)
{
	if (d->failed)
		return;
	d->failed = true;
	d->error.sqlstate = sqlstate;
	d->error.message = message;
	d->error_detail = detail;
	d->error_hint = hint;
}

/* Text of the page for a message. */
static char *
ServerText(char *text)
{
	if (GetDatabaseEncoding() != PG_UTF8)
	{
		for (char *p = text; *p != '\0'; p++)
		{
			if (IS_HIGHBIT_SET(*p))
				*p = '?';
		}
	}
	return text;
}

static bool
IsBlank(const char *text)
{
	return text[strspn(text, " ")] == '\0';
}

static char *
FaultMessage(const JsonFault *fault)
{
	const char *verdict = "page is not valid JSON";

	if (fault->at_start && fault->truncated && IsBlank(fault->excerpt))
		return pstrdup("page is empty");
	if (fault->at_start)
		verdict = "page is not JSON";
	else if (fault->truncated)
		verdict = "page is truncated";
	return psprintf("%s: %s at byte " INT64_FORMAT, verdict, fault->what, fault->offset);
}

bool
FailReader(Decoder *d)
{
	MemoryContext old = MemoryContextSwitchTo(d->cxt);
	JsonFault	fault;
	char	   *detail = NULL;

	JsonGetFault(d->reader, &fault);
	if (fault.memory)
		FailMemory(d);
	else
	{
		if (fault.at_start && !IsBlank(fault.excerpt))
			detail = psprintf("The page begins with: %s", ServerText(fault.excerpt));
		else if (!fault.at_start)
			detail = psprintf("Line " INT64_FORMAT ", near: %s", fault.line,
							  ServerText(fault.excerpt));
		Fail(d, ERRCODE_ELT_BAD_PAGE, FaultMessage(&fault), detail, NULL);
	}
	MemoryContextSwitchTo(old);
	return false;
}

/* Something does not fit into the record memory. */
bool
FailMemory(Decoder *d)
{
	MemoryContext old = MemoryContextSwitchTo(d->cxt);

	Fail(d, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
		 psprintf("record exceeds elt.record_memory (%zu kB)", d->record_memory / 1024),
		 psprintf("Record " INT64_FORMAT ", near byte " INT64_FORMAT " of the page.",
				  d->records, JsonOffset(d->reader)),
		 "Increase elt.record_memory, or request smaller pages.");
	MemoryContextSwitchTo(old);
	return false;
}

bool
FailPage(Decoder *d, const char *message)
{
	MemoryContext old;

	if (d->framing == DECODE_LINES && !d->line_split && d->tree->parent_level < 0)
	{
		d->line_fault = BatchText(d->batch, message, strlen(message));
		return false;
	}
	old = MemoryContextSwitchTo(d->cxt);
	Fail(d, ERRCODE_ELT_BAD_PAGE, pstrdup(message),
		 psprintf("Line " INT64_FORMAT ", byte " INT64_FORMAT " of the page; records are \"%s\".",
				  JsonLine(d->reader), JsonOffset(d->reader),
				  d->tree->records_text ? d->tree->records_text : "$"),
		 NULL);
	MemoryContextSwitchTo(old);
	return false;
}

bool
FailEvent(Decoder *d, const char *message, const char *hint)
{
	MemoryContext old = MemoryContextSwitchTo(d->cxt);

	Fail(d, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, pstrdup(message),
		 psprintf("Record " INT64_FORMAT ", near byte " INT64_FORMAT " of the page.", d->records,
				  d->record_offset), hint);
	MemoryContextSwitchTo(old);
	return false;
}

void
RaiseFailure(Decoder *d)
{
	ereport(ERROR,
			(errcode(d->error.sqlstate),
			 errmsg("%s", d->error.message),
			 d->error_detail ? errdetail("%s", d->error_detail) : 0,
			 d->error_hint ? errhint("%s", d->error_hint) : 0));
}

/* ---- where a row came from ---- */

/* A text in every encoding. */
static bool
IsPlain(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		if ((signed char) s[i] <= 0)
			return false;
	}
	return true;
}

void
OriginSetRaw(RowBatch *batch, RowOrigin *origin, const char *text, size_t len, int64 full_len)
{
	size_t		n = Utf8Clip(text, len, batch->raw_limit);

	origin->full_len = full_len;
	if (IsPlain(text, n))
	{
		origin->raw = BatchText(batch, text, n);
		return;
	}
	origin->raw = BatchAlloc(batch, 3 * n + 1);
	n = Utf8Repair(text, n, origin->raw, &origin->repaired);
	origin->raw[n] = '\0';
	origin->repaired |= GetDatabaseEncoding() != PG_UTF8;
	ServerText(origin->raw);
}

static RowOrigin *
NewOrigin(Decoder *d)
{
	RowOrigin  *origin = BatchAlloc(d->batch, sizeof(RowOrigin));

	memset(origin, 0, sizeof(*origin));
	origin->record = d->alone && d->batch->given_record > 0 ? d->batch->given_record : d->records;
	origin->parent = d->parents;
	origin->offset = d->record_offset;
	if (d->tree->line_attindex >= 0)
		origin->context.line = d->record_line;
	if (d->tree->arrival_attindex >= 0)
		origin->context.arrival = d->given_arrival ? d->given_arrival : NextArrival();
	if (d->others != NIL)
		origin->context.list = d->tree->records_text;
	origin->incomplete = !HeaderRowText(d, &origin->context.header);
	return origin;
}

/* Is the record a member of an object, or the value of one? Then its name tells which. */
static bool
IsMember(const Decoder *d)
{
	return RecordIsMember(d) || RecordIsValue(d);
}

RowOrigin *
OriginOfRecord(Decoder *d)
{
	RowOrigin  *origin = NewOrigin(d);
	size_t		len;
	int64		full_len;
	const char *head = JsonHead(d->reader, d->head, &len, &full_len);
	StringInfoData text;

	origin->form = REJECT_RECORD;
	origin->incomplete |= !AncestorsText(d, &origin->context.ancestors);
	if (d->alone ? !RecordIsValue(d) : !IsMember(d))
	{
		OriginSetRaw(d->batch, origin, head, len, full_len);
		return origin;
	}
	initStringInfo(&text);
	appendStringInfoString(&text, "{\"key\": ");
	appendBinaryStringInfo(&text, d->key.text, d->key.len);
	appendStringInfoString(&text, ", \"value\": ");
	appendBinaryStringInfo(&text, head, len);
	appendStringInfoChar(&text, '}');
	OriginSetRaw(d->batch, origin, text.data, text.len, text.len + full_len - len);
	pfree(text.data);
	return origin;
}

/* The whole line, which the reader has just read past. */
RowOrigin *
OriginOfLine(Decoder *d)
{
	RowOrigin  *origin = NewOrigin(d);
	size_t		len;
	int64		full_len;
	const char *head = JsonHead(d->page, JSON_HEAD_LINE, &len, &full_len);

	origin->form = REJECT_PAGE;
	origin->offset = d->line_offset;
	origin->context.line = d->line_number;
	if (len == full_len && len > 0 && head[len - 1] == '\n')
		len = --full_len;
	OriginSetRaw(d->batch, origin, head, len, full_len);
	return origin;
}

static void
AppendMember(Decoder *d, StringInfo text, const char *name, const char *value, size_t len)
{
	if (text->len > 1)
		appendStringInfoString(text, ", ");
	escape_json(text, name);
	appendStringInfoString(text, ": ");
	if (value)
		appendBinaryStringInfo(text, value, Min(len, 2 * d->batch->raw_limit));
	else
		appendStringInfoString(text, "null");
}

/* The values of this row alone, by column. */
RowOrigin *
OriginOfZipRow(Decoder *d)
{
	RowOrigin  *origin = NewOrigin(d);
	StringInfoData text;

	origin->form = REJECT_COLUMNS;
	initStringInfo(&text);
	appendStringInfoChar(&text, '{');
	for (int i = 0; i < d->tree->ncolumns; i++)
	{
		PathColumn *c = &d->tree->columns[i];

		if (c->is_param)
			continue;
		if (c->zipped)
			AppendMember(d, &text, c->converter.column,
						 c->element.token == JSON_NULL ? NULL : c->element.text, c->element.len);
		else
			AppendMember(d, &text, c->converter.column,
						 c->datum.isnull ? NULL : c->kept.text, c->kept.len);
	}
	appendStringInfoChar(&text, '}');
	OriginSetRaw(d->batch, origin, text.data, text.len, text.len);
	pfree(text.data);
	return origin;
}

/* ---- records ---- */

void
RejectRecord(Decoder *d, const RowOrigin *origin, const char *column,
			 const char *reason, int sqlstate, const char *message)
{
	BatchForget(d->batch, EVERY_COLUMN);
	BatchReject(d->batch, origin, column, reason, sqlstate, message);
}

void
RejectTaintedParent(Decoder *d)
{
	for (int i = 0; i < d->tree->ncolumns; i++)
		if (!d->tree->columns[i].shared)
			d->tree->columns[i].faulty = false;
	ForgetTaint(d);
	RejectRecord(d, OriginOfRecord(d), NULL, "encoding", ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
				 "the parent record contains NaN, Infinity or invalid UTF-8");
}

static const char *
ColumnTypeName(const PathColumn *c)
{
	return format_type_with_typemod(c->converter.type, c->converter.typmod);
}

/* The column's value cannot be had from the page, or its input function refused it. */
void
RejectColumn(Decoder *d, const RowOrigin *origin, PathColumn *c)
{
	const char *name = c->converter.column;

	if (c->datum.refused && c->is_param)
		ereport(ERROR,
				(errcode(c->datum.fault.sqlstate),
				 errmsg("%s", c->datum.fault.message),
				 errdetail("Column \"%s\" takes this value from the slice.", name)));
	if (c->datum.refused)
		RejectRecord(d, origin, name, ReasonOfState(c->datum.fault.sqlstate),
					 c->datum.fault.sqlstate, c->datum.fault.message);
	else if (c->problem != NULL)
		RejectRecord(d, origin, name, "type", ERRCODE_INVALID_TEXT_REPRESENTATION, c->problem);
	else if (c->fault == JSON_NONFINITE)
		RejectRecord(d, origin, name, "parse", ERRCODE_INVALID_TEXT_REPRESENTATION,
					 psprintf("column \"%s\": NaN and Infinity are not valid JSON", name));
	else if (c->fault == JSON_STRING)
		RejectRecord(d, origin, name, "encoding", ERRCODE_UNTRANSLATABLE_CHARACTER,
					 psprintf("column \"%s\": \\u0000 and unpaired surrogates cannot be converted "
							  "to text",
							  name));
	else if (c->fault == NOT_AN_ARRAY)
		RejectRecord(d, origin, name, "type", ERRCODE_DATATYPE_MISMATCH,
					 psprintf("column \"%s\": [*] requires an array", name));
	else
		RejectRecord(d, origin, name, "type", ERRCODE_DATATYPE_MISMATCH,
					 psprintf("column \"%s\" of type %s cannot store %s", name, ColumnTypeName(c),
							  c->fault == JSON_ARRAY_START ? "an array" : "an object"));
}
