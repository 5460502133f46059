/*
 * record.c
 *	  Decode a record into a row, several rows, or a reject.
 *
 * The record is read once, in the order of its text, and values without a column are skipped.
 * The rows of a record with [*] columns are built after all of it was read, because the lengths
 * of its arrays must agree.
 */
#include "postgres.h"

#include "decode/arrival.h"
#include "decode/decoder.h"
#include "decode/header_row.h"
#include "decode/line_column.h"
#include "decode/nested_zip.h"
#include "lib/stringinfo.h"

/* ---- reading ---- */

void
ClearNode(Decoder *d, PathNode *node)
{
	node->present |= node->stamp > d->opened;
	node->stamp = 0;
	node->array_seen = false;
	PackedClear(&node->array, &d->memory);
	for (int i = 0; i < node->ncolumns; i++)
		ClearValue(d, node->columns[i]);
	for (int i = 0; i < node->nzipped; i++)
		ClearValue(d, node->zipped[i]);
	for (int i = 0; i < node->nmembers; i++)
		ClearNode(d, node->members[i]);
	for (int i = 0; i < node->nelements; i++)
		ClearNode(d, node->elements[i]);
}

bool
SkipValue(JsonReader *reader, JsonToken token)
{
	if (token == JSON_OBJECT_START || token == JSON_ARRAY_START)
		return JsonSkipRest(reader) != JSON_ERROR;
	if (token == JSON_NONFINITE && reader->tainted < 0)
		reader->tainted = JsonTokenOffset(reader);
	return token != JSON_ERROR;
}

static bool
ReadMembers(Decoder *d, PathNode *node, uint64 stamp)
{
	JsonReader *r = d->reader;

	for (;;)
	{
		JsonToken	token = JsonNext(r);
		const char *name;
		size_t		len;
		PathNode   *member;

		if (token != JSON_KEY)
			return token == JSON_OBJECT_END;
		len = r->len;
		name = r->escaped ? UnescapedText(d, r->text, &len, true) : r->text;
		member = name ? PathNodeMember(node, name, len) : NULL;
		if (member == NULL)
		{
			if (JsonSkip(r) == JSON_ERROR)
				return false;
			continue;
		}
		/* of members with the same name the last one counts */
		if (member->stamp == stamp)
			ClearNode(d, member);
		member->stamp = stamp;
		token = JsonNext(r);
		if (likely(member->only && token >= JSON_STRING))
			PutToken(d, member->only, token);
		else if (!ReadNode(d, member, stamp, token))
			return false;
	}
}

/* An element of a zipped array; it may be a place of its own as well. */
static bool
ReadZipped(Decoder *d, PathNode *node, PathNode *element, uint64 stamp, JsonToken token)
{
	JsonReader *r = d->reader;
	JsonValue	value;

	if (token == JSON_OBJECT_START || token == JSON_ARRAY_START)
	{
		int64		mark = JsonMark(r);

		value.token = token;
		value.escaped = false;
		if (!(element ? ReadNode(d, element, stamp, token) : JsonSkipRest(r) != JSON_ERROR))
			return false;
		value.text = JsonMarked(r, mark, &value.len);
	}
	else
	{
		value = ValueOfToken(r, token);
		if (element && !ReadNode(d, element, stamp, token))
			return false;
	}
	return PackedAppend(&node->array, &value, &d->memory) || FailMemory(d);
}

static bool
ReadElements(Decoder *d, PathNode *node, uint64 stamp)
{
	JsonReader *r = d->reader;

	for (int64 index = 0;; index++)
	{
		JsonToken	token = JsonNext(r);
		PathNode   *element;

		if (token == JSON_ARRAY_END)
			return true;
		if (token == JSON_ERROR)
			return false;
		element = node->nelements > 0 ? PathNodeElement(node, index) : NULL;
		if (element)
			element->stamp = stamp;
		if (node->nzipped > 0)
		{
			if (!ReadZipped(d, node, element, stamp, token))
				return false;
		}
		else if (element)
		{
			if (!ReadNode(d, element, stamp, token))
				return false;
		}
		else if (!SkipValue(r, token))
			return false;
	}
}

static bool
ReadContainer(Decoder *d, PathNode *node, uint64 stamp, JsonToken token)
{
	if (token == JSON_OBJECT_START && node->nmembers > 0)
		return ReadMembers(d, node, stamp);
	if (token == JSON_ARRAY_START && (node->nelements > 0 || node->nzipped > 0))
	{
		node->array_seen = true;
		return ReadElements(d, node, stamp);
	}
	return JsonSkipRest(d->reader) != JSON_ERROR;
}

static void
MarkZipped(Decoder *d, PathNode *node, JsonToken token)
{
	if (token == JSON_NULL || token == JSON_ARRAY_START)
		return;
	for (int i = 0; i < node->nzipped; i++)
	{
		node->zipped[i]->faulty = true;
		node->zipped[i]->fault = NOT_AN_ARRAY;
		d->faulty = true;
	}
}

bool
ReadNode(Decoder *d, PathNode *node, uint64 stamp, JsonToken token)
{
	bool		container = token == JSON_OBJECT_START || token == JSON_ARRAY_START;
	bool		marked = container && node->wants_json;
	int64		mark = 0;
	JsonValue	value = {token};

	if (token == JSON_ERROR)
		return false;
	if (node->nzipped > 0)
		MarkZipped(d, node, token);
	if (!container)
	{
		node->was_null |= token == JSON_NULL;
		value = ValueOfToken(d->reader, token);
	}
	else
	{
		if (marked)
			mark = JsonMark(d->reader);
		if (!ReadContainer(d, node, stamp, token))
			return false;
		if (marked)
			value.text = JsonMarked(d->reader, mark, &value.len);
		if (value.len > d->record_memory)
			return FailMemory(d);
	}
	for (int i = 0; i < node->ncolumns; i++)
		TakeValue(d, node->columns[i], &value);
	return !d->failed;
}

/* ---- one row ---- */

static void
StartRow(Decoder *d)
{
	RowBatch   *batch = d->batch;

	d->row = batch->nrows;
	d->faulty = false;
	memset(batch->isnull + (size_t) d->row * batch->desc->natts, true, batch->desc->natts);
}

/* A domain may refuse null, and only its input function knows. */
static void
CheckNulls(Decoder *d)
{
	RowBatch   *batch = d->batch;
	size_t		row = (size_t) d->row * batch->desc->natts;

	for (int i = 0; i < d->tree->ncolumns; i++)
	{
		PathColumn *c = &d->tree->columns[i];

		if (c->checks_null && batch->isnull[row + c->converter.attindex])
			BatchDefer(batch, &c->converter, NULL, 0);
	}
}

static void
PutLine(Decoder *d)
{
	size_t		at = (size_t) d->row * d->batch->desc->natts + d->tree->line_attindex;

	d->batch->values[at] = LineDatum(d->tree->line_type, d->record_line);
	d->batch->isnull[at] = false;
}

static void
PutArrival(Decoder *d)
{
	size_t		at = (size_t) d->row * d->batch->desc->natts + d->tree->arrival_attindex;

	d->batch->values[at] = Int64GetDatum(NextArrival());
	d->batch->isnull[at] = false;
}

/* Of the elements of its arrays, which are the innermost list; or of the record in its list. */
static int64
IndexOfRow(const Decoder *d)
{
	if (d->tree->has_zip)
		return d->zip_row + 1;
	for (int i = d->nsteps - 1; i >= 0; i--)
		if (d->steps[i].type == STEP_EACH || d->steps[i].type == STEP_KEYVALUE)
			return d->frames[i].index;
	return 1;
}

static void
PutIndex(Decoder *d)
{
	size_t		at = (size_t) d->row * d->batch->desc->natts + d->tree->index_attindex;

	d->batch->values[at] = LineDatum(d->tree->index_type, IndexOfRow(d));
	d->batch->isnull[at] = false;
}

/* The row is whole. */
static void
FinishRow(Decoder *d, RowOrigin *(*origin) (Decoder *d))
{
	RowBatch   *batch = d->batch;

	Assert(d->row == batch->nrows);
	if (d->tree->line_attindex >= 0)
		PutLine(d);
	if (d->tree->arrival_attindex >= 0)
		PutArrival(d);
	if (d->tree->index_attindex >= 0)
		PutIndex(d);
	d->batch->parent = d->parents;
	if (d->tree->checks_null)
		CheckNulls(d);
	BatchFinishRow(batch, d->records, BatchRowWaits(batch) ? origin(d) : NULL);
}

static PathColumn *
FirstFaulty(Decoder *d)
{
	PathColumn *first = NULL;

	for (int i = 0; i < d->tree->ncolumns; i++)
	{
		PathColumn *c = &d->tree->columns[i];

		if (c->faulty && first == NULL)
			first = c;
		if (!c->shared)
			c->faulty = false;
	}
	return first;
}

/*
 * The column that refuses the record, or NULL when all of its values are in place. A fault may have
 * been taken back by a later member of the same name.
 */
static PathColumn *
RefusedColumn(Decoder *d)
{
	PathColumn *refused = d->faulty ? FirstFaulty(d) : NULL;

	return refused != NULL ? refused : PutSharedValues(d);
}

static void
FinishPlainRecord(Decoder *d)
{
	PathColumn *refused = RefusedColumn(d);

	if (refused)
		RejectColumn(d, OriginOfRecord(d), refused);
	else
		FinishRow(d, OriginOfRecord);
}

/* ---- rows of arrays ---- */

/*
 * The length that all arrays have, or -1. Absent and null arrays count as empty when all are.
 */
static int64
CommonLength(Decoder *d)
{
	int64		common = -1;
	int64		longest = 0;
	bool		equal = true;

	for (int i = 0; i < d->tree->ncolumns; i++)
	{
		PathColumn *c = &d->tree->columns[i];
		int64		count;

		if (!c->zipped)
			continue;
		count = c->node->array_seen ? c->node->array.count : -1;
		if (common == -1)
			common = count;
		equal &= count == common && count >= 0;
		longest = Max(longest, count);
	}
	if (longest == 0)
		return 0;
	return equal ? common : -1;
}

/* "ts" has 96, "power_mw" has 95 */
static char *
LengthsText(Decoder *d)
{
	StringInfoData text;
	int64		shown[2] = {-2, -2};
	int			n = 0;

	initStringInfo(&text);
	for (int i = 0; i < d->tree->ncolumns && n < 2; i++)
	{
		PathColumn *c = &d->tree->columns[i];
		int64		count;

		if (!c->zipped)
			continue;
		count = c->node->array_seen ? c->node->array.count : -1;
		if (n == 1 && count == shown[0] && count >= 0)
			continue;
		shown[n++] = count;
		appendStringInfo(&text, "%s\"%s\" ", n == 2 ? ", " : "", c->converter.column);
		if (count < 0)
			appendStringInfoString(&text, "is absent or null");
		else
			appendStringInfo(&text, "has " INT64_FORMAT, count);
	}
	return text.data;
}

static void
FinishZipRecord(Decoder *d)
{
	PathColumn *refused = RefusedColumn(d);
	int64		length;

	if (refused)
	{
		RejectColumn(d, OriginOfRecord(d), refused);
		return;
	}
	length = CommonLength(d);
	if (length < 0)
	{
		RejectRecord(d, OriginOfRecord(d), NULL, "length_mismatch",
					 ERRCODE_ARRAY_SUBSCRIPT_ERROR,
					 psprintf("arrays have different lengths: %s", LengthsText(d)));
		return;
	}
	d->zip_row = 0;
	if (d->tree->has_nested)
	{
		if (!NestedStart(d, length, &d->zip_len))
			d->zip_len = 0;
		return;
	}
	d->zip_len = length;
	for (int i = 0; i < d->tree->ncolumns; i++)
	{
		PathColumn *c = &d->tree->columns[i];

		if (c->zipped && length > 0)
			PackedStart(&c->node->array, &c->cursor);
	}
}

static void
MakeZipRow(Decoder *d)
{
	StartRow(d);
	PutSharedValues(d);
	if (d->tree->has_nested && !NestedNext(d))
	{
		d->zip_row = d->zip_len;
		return;
	}
	for (int i = 0; i < d->tree->ncolumns; i++)
	{
		PathColumn *c = &d->tree->columns[i];

		if (!c->zipped)
			continue;
		if (!d->tree->has_nested)
			PackedNext(&c->cursor, &c->element);
		PutValue(d, c, &c->element);
	}
	if (d->faulty)
	{
		PathColumn *refused = FirstFaulty(d);

		RejectColumn(d, OriginOfZipRow(d), refused);
	}
	else
		FinishRow(d, OriginOfZipRow);
	d->zip_row++;
}

void
MakeZipRows(Decoder *d)
{
	while (d->zip_row < d->zip_len && !IsFull(d))
		MakeZipRow(d);
}

/* ---- a record ---- */

static const char *
TokenName(JsonToken token)
{
	switch (token)
	{
		case JSON_OBJECT_START:
			return "an object";
		case JSON_ARRAY_START:
			return "an array";
		case JSON_STRING:
			return "a string";
		case JSON_NUMBER:
			return "a number";
		case JSON_NULL:
			return "null";
		default:
			return "a literal";
	}
}

/* A record that no column can be found in, because it is not the container they expect. */
static bool
HasWrongShape(const PathNode *root, JsonToken token)
{
	bool		members = root->nmembers > 0;
	bool		elements = root->nelements > 0 || root->nzipped > 0;

	if (root->ncolumns > 0 || (!members && !elements))
		return false;
	return !(members && token == JSON_OBJECT_START) && !(elements && token == JSON_ARRAY_START);
}

/* The record is a member: the columns are its key and its value. */
static bool
ReadKeyValue(Decoder *d, PathNode *root, uint64 stamp, JsonToken token)
{
	PathNode   *key = PathNodeMember(root, "key", 3);
	PathNode   *value = PathNodeMember(root, "value", 5);

	if (key)
	{
		JsonValue	name = {JSON_STRING, d->key.escaped, d->key.text, d->key.len};

		key->stamp = stamp;
		for (int i = 0; i < key->ncolumns; i++)
			TakeValue(d, key->columns[i], &name);
	}
	if (value)
		value->stamp = stamp;
	return value ? ReadNode(d, value, stamp, token) : SkipValue(d->reader, token);
}

/* The fields of a header. Anything but an array is a reject, and so is one of another length. */
static bool
ReadHeadedRecord(Decoder *d, uint64 stamp, JsonToken token)
{
	int64		nfields = 0;

	d->misfit = NULL;
	if (token != JSON_ARRAY_START)
	{
		d->misfit = psprintf("record is %s, not an array", TokenName(token));
		return SkipValue(d->reader, token);
	}
	if (!ReadRowOfArray(d, stamp, &nfields))
		return false;
	d->misfit = FieldCountText(d, nfields);
	return true;
}

static bool
ReadShape(Decoder *d, PathNode *root, uint64 stamp, JsonToken token)
{
	if (d->header != NULL)
		return ReadHeadedRecord(d, stamp, token);
	if (d->nsteps > 0 && d->steps[d->nsteps - 1].type == STEP_KEYVALUE)
		return ReadKeyValue(d, root, stamp, token);
	return ReadNode(d, root, stamp, token);
}

/* Often [*] was forgotten. */
static const char *
ElementsText(const Decoder *d, JsonToken token)
{
	if (token != JSON_ARRAY_START || d->nsteps == 0 || d->steps[d->nsteps - 1].type == STEP_EACH)
		return "";
	return "; append [*] to the path of the records to read its elements";
}

static void
RejectShape(Decoder *d, const PathNode *root, JsonToken token)
{
	RejectRecord(d, OriginOfRecord(d), NULL, "type", ERRCODE_DATATYPE_MISMATCH,
				 psprintf("record is %s, not %s%s", TokenName(token),
						  root->nmembers > 0 ? "an object" : "an array", ElementsText(d, token)));
}

bool
ReadRecord(Decoder *d)
{
	JsonToken	token = d->token;
	PathNode   *root = d->tree->roots[d->tree->nsteps];
	bool		key_value = d->nsteps > 0 && d->steps[d->nsteps - 1].type == STEP_KEYVALUE;

	if (unlikely(d->header != NULL) && HeaderRowIsNext(d))
		return ReadHeaderRecord(d);
	d->records++;
	d->record_offset = JsonTokenOffset(d->reader);
	if (d->tree->line_attindex >= 0)
		d->record_line = JsonLine(d->reader);
	JsonHeadStart(d->reader, JSON_HEAD_RECORD, RAW_LIMIT + 4);
	StartRow(d);
	if (root == NULL)
	{
		if (!SkipValue(d->reader, token))
			return false;
	}
	else
	{
		if (d->tree->has_zip)
			ClearNode(d, root);
		if (!ReadShape(d, root, ++d->stamp, token))
			return false;
	}
	if (unlikely(d->tainted_level >= 0))
		RejectTaintedParent(d);
	else if (d->reader->tainted >= 0)
	{
		FirstFaulty(d);
		RejectRecord(d, OriginOfRecord(d), NULL, "encoding", ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
					 psprintf("NaN, Infinity or invalid UTF-8 at byte " INT64_FORMAT,
							  d->reader->tainted));
		d->reader->tainted = -1;
	}
	else if (d->header != NULL && d->misfit != NULL)
	{
		FirstFaulty(d);
		RejectRecord(d, OriginOfRecord(d), NULL, "field_count", ERRCODE_BAD_COPY_FILE_FORMAT,
					 d->misfit);
	}
	else if (root && d->header == NULL && !key_value && HasWrongShape(root, token))
		RejectShape(d, root, token);
	else if (d->tree->has_zip)
		FinishZipRecord(d);
	else
		FinishPlainRecord(d);
	if (unlikely(d->sample == NULL))
		KeepSample(d);
	return true;
}
