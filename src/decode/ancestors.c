/*
 * ancestors.c
 *	  Values outside of a record, kept as text with a rejected record so that it can be decoded alone.
 *
 * The text is a JSON object: by column, the value that is anchored above the record, or the array
 * whose elements are zipped with those of the record.
 */
#include "postgres.h"

#include "decode/decoder.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/json.h"

static bool
IsOutside(const Decoder *d, const PathColumn *c)
{
	return !c->is_param && c->level < d->tree->nsteps;
}

static void
AppendArray(StringInfo text, const PathColumn *c)
{
	PackedCursor cursor;
	JsonValue	value;

	appendStringInfoChar(text, '[');
	if (c->node->array.count > 0)
		PackedStart(&c->node->array, &cursor);
	for (int64 i = 0; i < c->node->array.count && text->len <= ANCESTORS_LIMIT; i++)
	{
		PackedNext(&cursor, &value);
		if (i > 0)
			appendStringInfoChar(text, ',');
		if (value.token == JSON_NULL)
			appendStringInfoString(text, "null");
		else
			appendBinaryStringInfo(text, value.text, value.len);
	}
	appendStringInfoChar(text, ']');
}

static bool
IsThere(const PathColumn *c)
{
	return c->zipped ? c->node->array_seen : c->kept.seen;
}

static void
AppendValue(StringInfo text, const PathColumn *c)
{
	if (text->len > 1)
		appendStringInfoString(text, ", ");
	escape_json(text, c->converter.column);
	appendStringInfoString(text, ": ");
	if (c->zipped)
		AppendArray(text, c);
	else if (c->kept.token == JSON_NULL)
		appendStringInfoString(text, "null");
	else if (text->len + c->kept.len <= ANCESTORS_LIMIT)
		appendBinaryStringInfo(text, c->kept.text, c->kept.len);
	else
		text->len = ANCESTORS_LIMIT + 1;
}

bool
TextIsStorable(const char *text, size_t len)
{
	if (GetDatabaseEncoding() == PG_UTF8)
		return pg_verify_mbstr(PG_UTF8, text, len, true);
	for (size_t i = 0; i < len; i++)
		if (IS_HIGHBIT_SET(text[i]))
			return false;
	return true;
}

bool
AncestorsText(Decoder *d, const char **result)
{
	const PathTree *tree = d->tree;
	StringInfoData text;
	bool		found = false;
	bool		whole;

	for (int i = 0; i < tree->ncolumns && !found; i++)
		found = IsOutside(d, &tree->columns[i]);
	if (!found)
		return true;
	initStringInfo(&text);
	appendStringInfoChar(&text, '{');
	for (int i = 0; i < tree->ncolumns && text.len <= ANCESTORS_LIMIT; i++)
		if (IsOutside(d, &tree->columns[i]) && IsThere(&tree->columns[i]))
			AppendValue(&text, &tree->columns[i]);
	whole = text.len <= ANCESTORS_LIMIT && TextIsStorable(text.data, text.len);
	if (whole)
	{
		appendStringInfoChar(&text, '}');
		*result = BatchText(d->batch, text.data, text.len);
	}
	pfree(text.data);
	return whole;
}

static PathColumn *
ColumnNamed(Decoder *d, const char *name, size_t len)
{
	for (int i = 0; name != NULL && i < d->tree->ncolumns; i++)
	{
		PathColumn *c = &d->tree->columns[i];

		if (IsOutside(d, c) && strlen(c->converter.column) == len &&
			memcmp(c->converter.column, name, len) == 0)
			return c;
	}
	return NULL;
}

/* Of a column that the table no longer has outside of the record, nothing is read. */
static bool
TakeMember(Decoder *d)
{
	size_t		len = d->reader->len;
	const char *name = UnescapedText(d, d->reader->text, &len, d->reader->escaped);
	PathColumn *c = ColumnNamed(d, name, len);

	if (c == NULL)
		return JsonSkip(d->reader) != JSON_ERROR;
	c->node->stamp = ++d->stamp;
	return ReadNode(d, c->node, c->node->stamp, JsonNext(d->reader));
}

void
ReadKeptText(Decoder *d, const char *text)
{
	if (d->ancestors == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(d->cxt);

		d->ancestors = JsonReaderCreate(d->record_memory, d->max_depth);
		MemoryContextSwitchTo(old);
	}
	JsonReaderOpen(d->ancestors, MemoryByteSource(text, strlen(text)), JSON_ONE);
	d->reader = d->ancestors;
	(void) JsonNext(d->reader);
}

static void
ReadMembers(Decoder *d, const char *text)
{
	JsonToken	token;
	bool		read = true;

	ReadKeptText(d, text);
	while (read && (token = JsonNext(d->reader)) == JSON_KEY)
		read = TakeMember(d);
	d->reader = d->page;
	if (!read || token != JSON_OBJECT_END)
		elog(ERROR, "values kept with a rejected record are not a JSON object");
}

void
AncestorsTake(Decoder *d, const char *text)
{
	for (int level = 0; level < d->tree->nsteps; level++)
		if (d->tree->roots[level] != NULL)
			ClearNode(d, d->tree->roots[level]);
	if (text != NULL)
		ReadMembers(d, text);
}
