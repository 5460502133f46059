/*
 * record.c
 *	  Decode a record into a row, several rows, or a reject.
 *
 * The rows of a record with [*] columns are built after all of it was read, because the lengths
 * of its arrays must agree.
 */
#include "postgres.h"

#include "decode/arrival.h"
#include "decode/decoder.h"
#include "decode/event.h"
#include "decode/header_row.h"
#include "decode/line_column.h"
#include "decode/nested_zip.h"
#include "decode/unknown_track.h"
#include "lib/stringinfo.h"

/* ---- one row ---- */

void
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

		if (c->converter.checks_null && batch->isnull[row + c->converter.attindex])
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

	d->batch->values[at] = Int64GetDatum(d->given_arrival ? d->given_arrival : NextArrival());
	d->batch->isnull[at] = false;
}

static int64
IndexAt(const Decoder *d, int level)
{
	while (d->host != NULL && level < d->tree->parent_level)
		d = d->host;
	return d->frames[level].index;
}

/* Of the elements of its arrays, which are the innermost list; or of the record in its list. */
static int64
IndexOfRow(const Decoder *d)
{
	if (d->tree->has_zip)
		return d->zip_row + 1;
	for (int i = d->nsteps - 1; i >= 0; i--)
		if (d->steps[i].type == STEP_EACH || d->steps[i].type == STEP_KEYVALUE)
			return IndexAt(d, i);
	return 1;
}

static void
PutIndex(Decoder *d)
{
	size_t		at = (size_t) d->row * d->batch->desc->natts + d->tree->index_attindex;

	d->batch->values[at] = LineDatum(d->tree->index_type, IndexOfRow(d));
	d->batch->isnull[at] = false;
}

void
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

PathColumn *
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
	if (d->events != NULL)
	{
		MakeEventRows(d);
		d->zip_row++;
		return;
	}
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
HasWrongShape(const PathTree *tree, JsonToken token)
{
	bool		members = tree->wants_members;
	bool		elements = tree->wants_elements;

	if (tree->roots[tree->nsteps]->ncolumns > 0 || (!members && !elements))
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
	if (RecordIsMember(d))
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
RejectShape(Decoder *d, JsonToken token)
{
	RejectRecord(d, OriginOfRecord(d), NULL, "type", ERRCODE_DATATYPE_MISMATCH,
				 psprintf("record is %s, not %s%s", TokenName(token),
						  d->tree->wants_members ? "an object" : "an array", ElementsText(d, token)));
}

bool
ReadRecord(Decoder *d)
{
	JsonToken	token = d->token;
	PathNode   *root = d->tree->roots[d->tree->nsteps];
	bool		key_value = RecordIsMember(d);

	if (unlikely(d->header != NULL) && HeaderRowIsNext(d))
		return ReadHeaderRecord(d);
	d->records++;
	d->record_offset = JsonTokenOffset(d->reader);
	if (d->tree->line_attindex >= 0)
		d->record_line = d->given_line ? d->given_line : JsonLine(d->reader);
	JsonHeadStart(d->reader, d->head, d->batch->raw_limit + 4);
	StartRow(d);
	if (d->attached != NIL)
		AttachedBegin(d);
	if (d->events != NULL)
	{
		if (!EventRead(d, d->events))
			return false;
	}
	else if (root == NULL)
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
	if (d->attached != NIL && !AttachedEnd(d))
		return false;
	if (unlikely(d->tainted_level >= 0))
		RejectTaintedParent(d);
	else if (d->reader->tainted >= 0)
	{
		FirstFaulty(d);
		RejectRecord(d, OriginOfRecord(d), NULL, "encoding", ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
					 psprintf("NaN, Infinity or invalid UTF-8 at byte " INT64_FORMAT,
							  d->reader->tainted));
		ForgetTaint(d);
	}
	else if (d->events != NULL)
	{
		if (!TakeEvent(d))
			return false;
	}
	else if (d->header != NULL && d->misfit != NULL)
	{
		FirstFaulty(d);
		RejectRecord(d, OriginOfRecord(d), NULL, "field_count", ERRCODE_BAD_COPY_FILE_FORMAT,
					 d->misfit);
	}
	else if (root && d->header == NULL && !key_value && HasWrongShape(d->tree, token))
		RejectShape(d, token);
	else if (d->tree->has_zip)
		FinishZipRecord(d);
	else
		FinishPlainRecord(d);
	if (unlikely(d->sample == NULL))
		KeepSample(d);
	if (unlikely(d->unknown_is_fresh))
		UnknownKeepRecord(d);
	return true;
}
