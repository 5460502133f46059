/*
 * node.c
 *	  Read the values of a record, or beside it, for the nodes of the tree of paths.
 *
 * A value is read once, in the order of its text, and what has no node is skipped.
 */
#include "postgres.h"

#include "decode/decoder.h"
#include "decode/unknown_track.h"

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

/* A member that nobody wants, or whose name is no text. */
static bool
SkipMember(Decoder *d, PathNode *node, const char *name, size_t len)
{
	if (name != NULL && node->unknown != NULL)
		UnknownNote(d, node, name, len);
	return JsonSkip(d->reader) != JSON_ERROR;
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
		member = name ? PathNodeExpected(node, name, len) : NULL;
		if (unlikely(member == NULL) && name)
		{
			if (UnknownIsExpected(node->unknown, name, len))
			{
				if (JsonSkip(r) == JSON_ERROR)
					return false;
				continue;
			}
			member = PathNodeSearch(node, name, len);
		}
		if (member == NULL)
		{
			if (!SkipMember(d, node, name, len))
				return false;
			continue;
		}
		if (unlikely(member->attached != NULL))
		{
			if (!ReadAttached(d, member, stamp))
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
		if (unlikely(token == JSON_NONFINITE && node->is_others) && d->others_taint < 0)
			d->others_taint = JsonTokenOffset(d->reader);
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
