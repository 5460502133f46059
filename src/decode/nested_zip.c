/*
 * nested_zip.c
 *	  Rows of records whose arrays differ in depth.
 *
 * The elements of the outer arrays are kept as text. All inner arrays are counted before the first
 * row is made, because their lengths must agree at each position, and read once more for their
 * rows.
 */
#include "postgres.h"

#include "decode/nested_zip.h"

typedef struct NestedZip
{
	JsonReader *reader;
	ByteSource	source;
	const JsonValue *value;		/* that source hands out; NULL: it has */
	int64		left;			/* rows of the position at hand */
} NestedZip;

static bool
NextBytes(void *state, const char **data, size_t *len)
{
	NestedZip  *n = state;

	if (n->value == NULL)
		return false;
	*data = n->value->text;
	*len = n->value->len;
	n->value = NULL;
	return true;
}

static NestedZip *
StateOf(Decoder *d)
{
	MemoryContext old;

	if (d->nested != NULL)
		return d->nested;
	old = MemoryContextSwitchTo(d->cxt);
	d->nested = palloc0(sizeof(NestedZip));
	d->nested->reader = JsonReaderCreate(d->record_memory, d->max_depth);
	d->nested->source.next = NextBytes;
	d->nested->source.state = d->nested;
	MemoryContextSwitchTo(old);
	return d->nested;
}

/* The elements of the inner array, which is valid JSON; false when there is no memory for them. */
static bool
ReadInner(Decoder *d, PathColumn *c)
{
	NestedZip  *n = StateOf(d);
	JsonToken	token;

	PackedClear(&c->inner, &d->memory);
	if (c->outer.token == JSON_NULL)
		return true;
	n->value = &c->outer;
	JsonReaderOpen(n->reader, &n->source, JSON_ONE);
	(void) JsonNext(n->reader);
	while ((token = JsonNext(n->reader)) != JSON_ARRAY_END)
	{
		JsonValue	value = {token};

		if (token == JSON_ERROR)
			return FailMemory(d);
		if (token == JSON_OBJECT_START || token == JSON_ARRAY_START)
		{
			int64		mark = JsonMark(n->reader);

			if (JsonSkipRest(n->reader) == JSON_ERROR)
				return FailMemory(d);
			value.text = JsonMarked(n->reader, mark, &value.len);
		}
		else
			value = ValueOfToken(n->reader, token);
		if (!PackedAppend(&c->inner, &value, &d->memory))
			return FailMemory(d);
	}
	return true;
}

static bool
Reject(Decoder *d, const char *column, const char *reason, int sqlstate, const char *message)
{
	RejectRecord(d, OriginOfRecord(d), column, reason, sqlstate, message);
	return false;
}

static void
StartOuter(Decoder *d)
{
	for (int i = 0; i < d->tree->ncolumns; i++)
		if (d->tree->columns[i].zipped)
			PackedStart(&d->tree->columns[i].node->array, &d->tree->columns[i].cursor);
}

/* Go on to the next position of the outer arrays. False: a column has no inner array there. */
static bool
NextOuter(Decoder *d, int64 position, bool check, int64 *length)
{
	const PathColumn *first = NULL;

	*length = 0;
	for (int i = 0; i < d->tree->ncolumns; i++)
	{
		PathColumn *c = &d->tree->columns[i];

		if (!c->zipped)
			continue;
		PackedNext(&c->cursor, c->nested ? &c->outer : &c->element);
		if (!c->nested)
			continue;
		if (check && c->outer.token != JSON_ARRAY_START && c->outer.token != JSON_NULL)
			return Reject(d, c->converter.column, "type", ERRCODE_DATATYPE_MISMATCH,
						  psprintf("column \"%s\": [*][*] requires an array of arrays",
								   c->converter.column));
		if (!ReadInner(d, c))
			return false;
		PackedStart(&c->inner, &c->inner_cursor);
		if (first != NULL && check && first->inner.count != c->inner.count)
			return Reject(d, NULL, "length_mismatch", ERRCODE_ARRAY_SUBSCRIPT_ERROR,
						  psprintf("arrays at position " INT64_FORMAT " have different lengths: "
								   "\"%s\" has " INT64_FORMAT ", \"%s\" has " INT64_FORMAT, position,
								   first->converter.column, first->inner.count, c->converter.column,
								   c->inner.count));
		if (first == NULL)
			first = c;
		*length = c->inner.count;
	}
	return true;
}

bool
NestedStart(Decoder *d, int64 length, int64 *nrows)
{
	*nrows = 0;
	if (length == 0)
		return true;
	StartOuter(d);
	for (int64 position = 0; position < length; position++)
	{
		int64		rows;

		if (!NextOuter(d, position, true, &rows))
			return false;
		*nrows += rows;
	}
	StartOuter(d);
	StateOf(d)->left = 0;
	return true;
}

bool
NestedNext(Decoder *d)
{
	NestedZip  *n = StateOf(d);

	while (n->left == 0)
		if (!NextOuter(d, 0, false, &n->left))
			return false;
	n->left--;
	for (int i = 0; i < d->tree->ncolumns; i++)
	{
		PathColumn *c = &d->tree->columns[i];

		if (c->nested)
			PackedNext(&c->inner_cursor, &c->element);
	}
	return true;
}
