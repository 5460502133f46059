/*
 * parquet_nested.c
 *	  Rows of a group of Parquet columns, or of a list, as JSON.
 *
 * Each column below the node has entries with a repetition level, which says which list goes on with it,
 * and a definition level, which says how far the way to its value is there. Walking the schema for each row,
 * what is there in the first column of a group is there in the others, or the file is damaged.
 */
#include "base/compat.h"

#include "decode/parquet_private.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/jsonapi.h"
#include "decode/parquet_value.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parquet/parquet_fail.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

typedef struct Cursor
{
	ParquetReader column;
	int			at;				/* entry of the column's vector */
	int			value;			/* of those that are not null */
	bool		plain;			/* bytes become text */
} Cursor;

typedef struct ParquetNested
{
	const ParquetNode *node;
	int			ncursors;
	Cursor	   *cursors;		/* by leaf */
	size_t		memory;			/* that a row may need */
	bool		for_parts;		/* see ParquetNestedCreate */
	bool		has_texts;		/* of JSON, in strings */

	/* the vector */
	StringInfoData text;
	int			nrows;
	int			start[PARQUET_VECTOR + 1];	/* where each row's text begins */
	bool		isnull[PARQUET_VECTOR];
} ParquetNested;

/*
 * The elements of a list are those of the only child of its repeated group. In old files, which say so by
 * names, or by a group of several, they are the repeated ones.
 */
static const ParquetNode *
ElementOf(const ParquetNode *list)
{
	const ParquetNode *repeated = list->first;
	size_t		len = strlen(list->name);

	if (!repeated->is_group || repeated->nchildren != 1 || strcmp(repeated->name, "array") == 0 ||
		(strncmp(repeated->name, list->name, len) == 0 && strcmp(repeated->name + len, "_tuple") == 0))
		return repeated;
	return repeated->first;
}

/* The type of a field of a composite type; InvalidOid: it has none of the name. */
static Oid
TypeOfField(Oid type, const char *name)
{
	char	   *wanted = pg_any_to_server(unconstify(char *, name), strlen(name), PG_UTF8);
	Oid			found = InvalidOid;
	TupleDesc	desc;

	if (get_typtype(type) != TYPTYPE_COMPOSITE)
		return InvalidOid;
	desc = lookup_rowtype_tupdesc(type, -1);
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped &&
			strcmp(NameStr(TupleDescAttr(desc, i)->attname), wanted) == 0)
			found = TupleDescAttr(desc, i)->atttypid;
	ReleaseTupleDesc(desc);
	return found;
}

/* Arrays of several dimensions have one type. */
static Oid
TypeOfElement(Oid type)
{
	Oid			element = OidIsValid(type) ? get_element_type(getBaseType(type)) : InvalidOid;

	return OidIsValid(element) ? element : type;
}

static Oid
TypeOfChild(Oid type, const ParquetNode *child)
{
	const ParquetNode *node = child->parent;

	if (node->shape == PARQUET_LIST && node->repetition != PARQUET_REPEATED)
		return TypeOfElement(type);
	if (node->parent != NULL && node->parent->shape == PARQUET_LIST && ElementOf(node->parent) == child)
		return type;
	if (node->shape == PARQUET_MAP || !OidIsValid(type))
		return InvalidOid;
	type = TypeOfField(getBaseType(type), child->name);
	return child->repetition == PARQUET_REPEATED ? TypeOfElement(type) : type;
}

static void
InitCursor(ParquetNested *nested, const ParquetNode *leaf, Oid type)
{
	Cursor	   *c = &nested->cursors[leaf->leaf - nested->node->leaf];

	ParquetReaderInit(&c->column, leaf, nested->memory);
	c->plain = OidIsValid(type) && getBaseType(type) != BYTEAOID;
	nested->has_texts |= nested->for_parts && leaf->meaning == PARQUET_MEANS_JSON;
}

/* type: of what the node becomes; InvalidOid: JSON, or it is not known. */
static void
InitCursors(ParquetNested *nested, const ParquetNode *node, Oid type)
{
	if (!node->is_group)
		InitCursor(nested, node, type);
	for (const ParquetNode *child = node->first; child != NULL; child = child->next)
		InitCursors(nested, child, TypeOfChild(type, child));
}

ParquetNested *
ParquetNestedCreate(const ParquetNode *node, size_t memory, Oid type)
{
	ParquetNested *nested = palloc0(sizeof(ParquetNested));

	nested->node = node;
	nested->memory = memory;
	nested->for_parts = OidIsValid(type);
	nested->ncursors = node->nleaves;
	nested->cursors = palloc0(sizeof(Cursor) * node->nleaves);
	if (node->repetition == PARQUET_REPEATED)
		type = TypeOfElement(type);
	InitCursors(nested, node, type);
	initStringInfo(&nested->text);
	return nested;
}

bool
ParquetNestedHasTexts(const ParquetNested *nested)
{
	return nested->has_texts;
}

void
ParquetNestedOpen(ParquetNested *nested, const ParquetFile *file, const int *leaves, int nleaves,
				  const ParquetChunk *chunks)
{
	for (int i = 0; i < nleaves; i++)
	{
		int			at = leaves[i] - nested->node->leaf;

		if (at < 0 || at >= nested->ncursors)
			continue;
		ParquetReaderOpen(&nested->cursors[at].column, file, &chunks[i]);
		nested->cursors[at].column.n = 0;
		nested->cursors[at].at = 0;
		nested->cursors[at].value = 0;
	}
}

/* ---- entries ---- */

static Cursor *
CursorOf(ParquetNested *nested, const ParquetNode *node)
{
	return &nested->cursors[node->leaf - nested->node->leaf];
}

/* False: there are no more entries. */
static bool
HasEntry(Cursor *c)
{
	int			ready;

	if (c->at < c->column.n)
		return true;
	ready = ParquetReaderReady(&c->column);
	if (ready == 0)
		return false;
	ParquetReaderRead(&c->column, Min(ready, PARQUET_VECTOR));
	c->at = c->value = 0;
	return true;
}

static void
NeedEntry(Cursor *c)
{
	if (!HasEntry(c))
		ParquetFail("column \"%s\" ends before its row group does", c->column.name);
}

static int
Definition(const Cursor *c)
{
	return c->column.no_nulls ? c->column.leaf->def_level : c->column.def[c->at];
}

static int
Repetition(const Cursor *c)
{
	return c->column.rep[c->at];
}

static Cursor *
Entry(ParquetNested *nested, const ParquetNode *node)
{
	Cursor	   *c = CursorOf(nested, node);

	NeedEntry(c);
	return c;
}

static void
Advance(Cursor *c)
{
	c->value += Definition(c) == c->column.leaf->def_level;
	c->at++;
}

/* There is nothing below the node: one entry of each column says so. */
static void
PassOver(ParquetNested *nested, const ParquetNode *node)
{
	if (!node->is_group)
	{
		Cursor	   *c = Entry(nested, node);

		if (Definition(c) == node->def_level)
			ParquetFail("column \"%s\" has a value where the columns beside it have none", c->column.name);
		Advance(c);
	}
	for (const ParquetNode *child = node->first; child != NULL; child = child->next)
		PassOver(nested, child);
}

/* ---- JSON ---- */

static void AppendNode(ParquetNested *nested, const ParquetNode *node);

/* Bytes of a leaf that says that they are JSON. What is none spoils the row's, so that it is rejected. */
static void
AppendInnerJson(StringInfo out, ParquetBytes bytes)
{
	JsonLexContext *lexer = NewJsonLexer(bytes.data, bytes.len);

	if (pg_parse_json(lexer, &nullSemAction) == JSON_SUCCESS)
		appendBinaryStringInfo(out, bytes.data, bytes.len);
	else
	{
		ParquetAppendString(out, bytes.data, bytes.len);
		appendStringInfoString(out, " is not JSON");
	}
	pfree(lexer);
}

/* Numbers of JSON have no negative zero. */
static bool
IsNegativeZero(const ParquetNode *leaf, const ParquetArray *array, int i)
{
	double		number;

	if (leaf->meaning != PARQUET_MEANS_HALF && leaf->meaning != PARQUET_MEANS_FLOAT &&
		leaf->meaning != PARQUET_MEANS_DOUBLE)
		return false;
	number = ParquetFloatAt(leaf, array, i);
	return number == 0 && signbit(number);
}

static void
AppendLeaf(ParquetNested *nested, const ParquetNode *node)
{
	Cursor	   *c = Entry(nested, node);
	int			i = c->value;
	const ParquetArray *array = ArrayOf(&c->column, &i);

	if (Definition(c) != node->def_level)
		ParquetFail("column \"%s\" lacks a value that must be there", c->column.name);
	if (nested->for_parts && IsNegativeZero(node, array, i))
		appendStringInfoString(&nested->text, "\"-0\"");
	else if (!nested->for_parts && node->meaning == PARQUET_MEANS_JSON)
		AppendInnerJson(&nested->text, BytesAt(array, i));
	else
		ParquetAppendJson(&nested->text, node, array, i, c->plain);
	Advance(c);
}

/* Keys of objects are strings. */
static void
AppendKey(ParquetNested *nested, const ParquetNode *node)
{
	int			before = nested->text.len;
	char	   *key;

	if (Definition(Entry(nested, node)) != node->def_level)
		ParquetFail("a map in column \"%s\" has a key that is null", ParquetNodePath(node));
	AppendLeaf(nested, node);
	if (nested->text.data[before] != '"')
	{
		key = pstrdup(nested->text.data + before);
		nested->text.len = before;
		ParquetAppendString(&nested->text, key, strlen(key));
		pfree(key);
	}
	appendStringInfoString(&nested->text, ": ");
}

static void
AppendStruct(ParquetNested *nested, const ParquetNode *node)
{
	appendStringInfoChar(&nested->text, '{');
	for (const ParquetNode *child = node->first; child != NULL; child = child->next)
	{
		if (child != node->first)
			appendStringInfoString(&nested->text, ", ");
		ParquetAppendString(&nested->text, child->name, strlen(child->name));
		appendStringInfoString(&nested->text, ": ");
		AppendNode(nested, child);
	}
	appendStringInfoChar(&nested->text, '}');
}

/* A node that is there, once. */
static void
AppendPresent(ParquetNested *nested, const ParquetNode *node)
{
	if (!node->is_group)
		AppendLeaf(nested, node);
	else if (node->shape == PARQUET_STRUCT)
		AppendStruct(nested, node);
	else
		AppendNode(nested, node->first);
}

static void
AppendElement(ParquetNested *nested, const ParquetNode *repeated)
{
	const ParquetNode *outer = repeated->parent;

	if (outer->shape == PARQUET_MAP)
	{
		AppendKey(nested, repeated->first);
		AppendNode(nested, repeated->first->next);
	}
	else if (outer->shape == PARQUET_LIST && ElementOf(outer) != repeated)
		AppendNode(nested, repeated->first);
	else
		AppendPresent(nested, repeated);
}

/* A list may be much longer than what the file has of it. */
static void
CheckSize(const ParquetNested *nested)
{
	size_t		size = nested->text.len - nested->start[nested->nrows - 1];

	CHECK_FOR_INTERRUPTS();
	if (size > nested->memory)
		ParquetFailMemory("row", size, nested->memory);
}

static void
AppendRepeated(ParquetNested *nested, const ParquetNode *node)
{
	bool		is_map = node->parent->shape == PARQUET_MAP;
	Cursor	   *first = Entry(nested, node);
	int			before = nested->text.len;

	appendStringInfoChar(&nested->text, is_map ? '{' : '[');
	if (Definition(first) < node->def_level)
		PassOver(nested, node);
	else
		do
		{
			if (nested->text.len > before + 1)
				appendStringInfoString(&nested->text, ", ");
			AppendElement(nested, node);
			CheckSize(nested);
		}
		while (HasEntry(first) && Repetition(first) == node->rep_level);
	appendStringInfoChar(&nested->text, is_map ? '}' : ']');
}

static void
AppendNode(ParquetNested *nested, const ParquetNode *node)
{
	if (node->repetition == PARQUET_REPEATED)
		AppendRepeated(nested, node);
	else if (Definition(Entry(nested, node)) < node->def_level)
	{
		appendStringInfoString(&nested->text, "null");
		PassOver(nested, node);
	}
	else
		AppendPresent(nested, node);
}

/* ---- rows ---- */

void
ParquetNestedReset(ParquetNested *nested)
{
	nested->nrows = 0;
	resetStringInfo(&nested->text);
}

/* Every column begins a row, or has ended: none goes on with a list. */
static void
CheckRowBegins(ParquetNested *nested)
{
	for (int i = 0; i < nested->ncursors; i++)
		if (HasEntry(&nested->cursors[i]) && Repetition(&nested->cursors[i]) != 0)
			ParquetFail("lists of column \"%s\" do not match those beside it",
						nested->cursors[i].column.name);
}

size_t
ParquetNestedNext(ParquetNested *nested)
{
	const ParquetNode *node = nested->node;
	const ParquetNode *there = node->repetition == PARQUET_REPEATED ? node->parent : node;
	int			row = nested->nrows++;
	int			before = nested->text.len;

	CheckRowBegins(nested);
	nested->start[row] = before;
	nested->isnull[row] = Definition(Entry(nested, node)) < there->def_level;
	AppendNode(nested, node);
	if (nested->isnull[row])
		nested->text.len = before;
	appendStringInfoChar(&nested->text, '\0');
	nested->start[row + 1] = nested->text.len;
	return nested->text.len;
}

static void
PassRows(Cursor *c, int64 n)
{
	for (; n > 0; n--)
	{
		NeedEntry(c);
		do
			Advance(c);
		while (HasEntry(c) && Repetition(c) != 0);
	}
}

void
ParquetNestedPass(ParquetNested *nested, int64 row, int64 n, const int *leaves, int nleaves,
				  ParquetPageIndex *const *indexes)
{
	for (int i = 0; i < nleaves; i++)
	{
		int			at = leaves[i] - nested->node->leaf;
		const ParquetPagePlace *place = indexes[i] ? ParquetPageOfRow(indexes[i], row + n) : NULL;
		int64		left = n;
		Cursor	   *c;

		if (at < 0 || at >= nested->ncursors)
			continue;
		c = &nested->cursors[at];
		if (place != NULL && place->first_row > row)
		{
			ParquetReaderSeek(&c->column, place->offset);
			c->column.n = c->at = c->value = 0;
			left -= place->first_row - row;
		}
		PassRows(c, left);
	}
}

const char *
ParquetNestedText(const ParquetNested *nested, int row, size_t *len)
{
	*len = nested->start[row + 1] - nested->start[row] - 1;
	return nested->isnull[row] ? NULL : nested->text.data + nested->start[row];
}
