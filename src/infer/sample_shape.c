/*
 * sample_shape.c
 *	  Fold the values of a sample into a tree of fields.
 */
#include "postgres.h"
#include "infer/sample_shape.h"

#include "common/hashfn.h"
#include "decode/json_string.h"
#include "miscadmin.h"

ShapeNode *
ShapeCreate(ShapeNode *parent, const char *name)
{
	ShapeNode  *node = palloc0(sizeof(ShapeNode));

	node->name = name;
	node->position = -1;
	node->parent = parent;
	node->record = parent == NULL ? node : parent->record;
	node->is_untyped = parent != NULL && parent->is_untyped;
	node->shortest = PG_INT64_MAX;
	return node;
}

static ShapeNode *
AddMember(ShapeNode *node, const char *name, size_t len)
{
	if (node->nmembers == SHAPE_MEMBERS)
	{
		node->is_crowded = true;
		return NULL;
	}
	if (node->members == NULL)
		node->members = palloc(sizeof(ShapeNode *) * SHAPE_MEMBERS);
	node->members[node->nmembers] = ShapeCreate(node, pnstrdup(name, len));
	node->hint = node->nmembers + 1;
	return node->members[node->nmembers++];
}

static bool
IsNamed(const ShapeNode *node, const char *name, size_t len)
{
	return strncmp(node->name, name, len) == 0 && node->name[len] == '\0';
}

ShapeNode *
ShapeMember(ShapeNode *node, const char *name, size_t len)
{
	/* members tend to come in one order */
	if (node->hint < node->nmembers && IsNamed(node->members[node->hint], name, len))
		return node->members[node->hint++];
	for (int i = 0; i < node->nmembers; i++)
		if (IsNamed(node->members[i], name, len))
		{
			node->hint = i + 1;
			return node->members[i];
		}
	return AddMember(node, name, len);
}

ShapeNode *
ShapeFindMember(const ShapeNode *node, const char *name)
{
	for (int i = 0; node != NULL && i < node->nmembers; i++)
		if (strcmp(node->members[i]->name, name) == 0)
			return node->members[i];
	return NULL;
}

static ValueFacts *
FactsOf(ShapeNode *node)
{
	if (node->facts == NULL)
		node->facts = ValueFactsCreate();
	return node->facts;
}

void
ShapeAddText(ShapeNode *node, const char *text, size_t len)
{
	node->seen++;
	ValueFactsAddText(FactsOf(node), node->record->seen, text, len);
}

void
ShapeAddNull(ShapeNode *node)
{
	node->seen++;
	node->nulls++;
}

bool
ShapeIsVoid(const ShapeNode *node)
{
	return node->objects == 0 && node->arrays == 0 &&
		(node->facts == NULL || ValueFactsCount(node->facts) == 0);
}

bool
ShapeIsScalar(const ShapeNode *node)
{
	return node->objects == 0 && node->arrays == 0;
}

bool
ShapeIsObject(const ShapeNode *node)
{
	return node->objects > 0 && node->arrays == 0 && node->facts == NULL;
}

bool
ShapeIsArray(const ShapeNode *node)
{
	return node->arrays > 0 && node->objects == 0 && node->facts == NULL;
}

/* ---- JSON ---- */

typedef struct Fold
{
	JsonReader *reader;
	bool		may_fail;		/* the text may be cut */
	bool		failed;
	int64		left;			/* records at the top that may still be read */
	char	   *scratch;
	size_t		scratch_size;
} Fold;

static void
FailFold(Fold *fold)
{
	JsonFault	fault;

	fold->failed = true;
	if (fold->may_fail)
		return;
	JsonGetFault(fold->reader, &fault);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("sample is not valid JSON: %s", fault.what),
			 errdetail("Line %lld: %s", (long long) fault.line, fault.excerpt),
			 errhint("Specify the format in the options, for example '{\"format\": \"csv\"}'.")));
}

/* NULL: it holds what no text can. */
static const char *
Unescaped(Fold *fold, size_t *len)
{
	const char *raw = fold->reader->text;

	*len = fold->reader->len;
	if (!fold->reader->escaped)
		return raw;
	if (fold->scratch_size < *len)
	{
		fold->scratch_size = *len * 2;
		fold->scratch = palloc(fold->scratch_size);
	}
	return JsonUnescape(raw, *len, fold->scratch, len) ? fold->scratch : NULL;
}

static void FoldValue(Fold *fold, ShapeNode *node, JsonToken token);

static void
SkipRest(Fold *fold)
{
	if (JsonSkipRest(fold->reader) == JSON_ERROR)
		FailFold(fold);
}

static void
FoldObject(Fold *fold, ShapeNode *node)
{
	JsonToken	token;

	node->objects++;
	node->hint = 0;
	while ((token = JsonNext(fold->reader)) == JSON_KEY)
	{
		size_t		len;
		const char *name = Unescaped(fold, &len);
		ShapeNode  *member = name == NULL ? NULL : ShapeMember(node, name, len);

		if (member != NULL)
			FoldValue(fold, member, JsonNext(fold->reader));
		else if (JsonSkip(fold->reader) == JSON_ERROR)
			FailFold(fold);
		if (fold->failed)
			return;
	}
	if (token == JSON_ERROR)
		FailFold(fold);
}

static ShapeNode *
ElementAt(ShapeNode *node, int64 index)
{
	/* an array within an array has fields by position */
	if (node->parent == NULL || node->parent->element != node)
	{
		if (node->element == NULL)
		{
			node->element = ShapeCreate(node, NULL);
			node->element->record = node->element;
		}
		return node->element;
	}
	if (index >= SHAPE_POSITIONS)
		return NULL;
	if (node->positions == NULL)
		node->positions = palloc(sizeof(ShapeNode *) * SHAPE_POSITIONS);
	if (index == node->npositions)
	{
		node->positions[index] = ShapeCreate(node, NULL);
		node->positions[index]->position = (int) index;
		node->npositions++;
	}
	return node->positions[index];
}

static void
FoldArray(Fold *fold, ShapeNode *node)
{
	int64		n = 0;
	JsonToken	token;

	node->arrays++;
	while ((token = JsonNext(fold->reader)) != JSON_ARRAY_END)
	{
		ShapeNode  *element = token == JSON_ERROR ? NULL : ElementAt(node, n++);

		if (token == JSON_ERROR)
			FailFold(fold);
		if (fold->failed)
			return;
		if (node->parent == NULL && fold->left-- <= 0)
		{
			node->elements += n - 1;
			return;
		}
		if (element != NULL)
			FoldValue(fold, element, token);
		else if (token == JSON_OBJECT_START || token == JSON_ARRAY_START)
			SkipRest(fold);
	}
	node->elements += n;
	node->shortest = Min(node->shortest, n);
	node->longest = Max(node->longest, n);
	node->lengths = hash_combine64(node->lengths, (uint64) n + 1);
}

/* A scalar counts for the record that it is in; one that is an element, for that of its array. */
static int64
RecordNumber(const ShapeNode *node)
{
	const ShapeNode *record = node->record == node && node->parent != NULL ?
		node->parent->record : node->record;

	return record->seen;
}

static void
FoldValue(Fold *fold, ShapeNode *node, JsonToken token)
{
	size_t		len;
	const char *text;

	check_stack_depth();
	if (token == JSON_ERROR || token == JSON_END)
	{
		FailFold(fold);
		return;
	}
	node->seen++;
	switch (token)
	{
		case JSON_OBJECT_START:
			FoldObject(fold, node);
			break;
		case JSON_ARRAY_START:
			FoldArray(fold, node);
			break;
		case JSON_NULL:
			node->nulls++;
			break;
		case JSON_STRING:
			text = Unescaped(fold, &len);
			if (text == NULL)
				text = fold->reader->text, len = fold->reader->len;
			ValueFactsAddText(FactsOf(node), RecordNumber(node), text, len);
			break;
		default:
			ValueFactsAddToken(FactsOf(node), RecordNumber(node), token, fold->reader->text,
							   fold->reader->len);
			break;
	}
}

/* What one token may take. */
#define TOKEN_MEMORY ((size_t) 64 * 1024 * 1024)

bool
ShapeReadJson(ShapeNode *root, ByteSource *source, ShapeFraming framing, int64 limit)
{
	Fold		fold = {0};
	JsonToken	token;

	fold.reader = JsonReaderCreate(TOKEN_MEMORY, SHAPE_DEPTH);
	fold.left = limit;
	JsonReaderOpen(fold.reader, source, framing == SHAPE_LINES ? JSON_MANY : JSON_ONE);
	while ((token = JsonNext(fold.reader)) != JSON_END)
	{
		if (framing == SHAPE_LINES && fold.left-- <= 0)
			return false;
		FoldValue(&fold, root, token);
		if (fold.left < 0)
			return false;
	}
	return true;
}

void
ShapeAddRecord(ShapeNode *root, const char *text, size_t len)
{
	Fold		fold = {.may_fail = true, .left = PG_INT64_MAX};
	JsonToken	token;

	fold.reader = JsonReaderCreate(TOKEN_MEMORY, SHAPE_DEPTH);
	JsonReaderOpen(fold.reader, MemoryByteSource(text, len), JSON_ONE);
	token = JsonNext(fold.reader);
	if (token != JSON_ERROR && token != JSON_END)
		FoldValue(&fold, root, token);
}
