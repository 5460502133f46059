/*
 * packed.c
 *	  Keep the elements of an array as packed text until their rows are built.
 *
 * An element is a head and its text. The head's low three bits are the token, the next bit says
 * whether there are escapes, and the rest is the length; it is written seven bits at a time.
 */
#include "postgres.h"

#include "decode/packed.h"
#include "utils/memutils.h"

#define FIRST_SEGMENT	1024
#define LAST_SEGMENT	(256 * 1024)
#define MAX_HEAD		10

typedef struct PackedSegment
{
	struct PackedSegment *next;
	size_t		used;
	size_t		size;
	char		data[FLEXIBLE_ARRAY_MEMBER];
} PackedSegment;

/* Three bits tell the tokens that can be elements. */
static const JsonToken element_tokens[8] = {
	JSON_NULL, JSON_NUMBER, JSON_STRING, JSON_TRUE,
	JSON_FALSE, JSON_OBJECT_START, JSON_ARRAY_START, JSON_NONFINITE
};

static inline int
ElementCode(JsonToken token)
{
	switch (token)
	{
		case JSON_NUMBER:
			return 1;
		case JSON_STRING:
			return 2;
		case JSON_TRUE:
			return 3;
		case JSON_FALSE:
			return 4;
		case JSON_OBJECT_START:
			return 5;
		case JSON_ARRAY_START:
			return 6;
		case JSON_NONFINITE:
			return 7;
		default:
			return 0;
	}
}

void
PackedInit(PackedArray *array, MemoryContext cxt)
{
	memset(array, 0, sizeof(*array));
	array->cxt = cxt;
}

/* Keeps the last segment, the largest: the next array is often as long as this one. */
void
PackedClear(PackedArray *array, size_t *memory)
{
	while (array->first != array->last)
	{
		PackedSegment *next = array->first->next;

		*memory += array->first->size;
		pfree(array->first);
		array->first = next;
	}
	if (array->first)
		array->first->used = 0;
	array->count = 0;
}

static bool
AddSegment(PackedArray *array, size_t need, size_t *memory)
{
	size_t		size = array->last ? 2 * array->last->size : FIRST_SEGMENT;
	PackedSegment *segment;

	size = Max(Min(size, LAST_SEGMENT), need);
	if (size > *memory)
		return false;
	*memory -= size;
	segment = MemoryContextAllocHuge(array->cxt, offsetof(PackedSegment, data) + size);
	segment->next = NULL;
	segment->used = 0;
	segment->size = size;
	if (array->last)
		array->last->next = segment;
	else
		array->first = segment;
	array->last = segment;
	return true;
}

bool
PackedAppend(PackedArray *array, const JsonValue *value, size_t *memory)
{
	size_t		len = value->token == JSON_NULL ? 0 : value->len;
	uint64		head = len << 4 | (value->escaped ? 8 : 0) | ElementCode(value->token);
	PackedSegment *segment = array->last;
	char	   *p;

	if (segment == NULL || segment->size - segment->used < len + MAX_HEAD)
	{
		if (!AddSegment(array, len + MAX_HEAD, memory))
			return false;
		segment = array->last;
	}
	p = segment->data + segment->used;
	for (; head >= 0x80; head >>= 7)
		*p++ = head | 0x80;
	*p++ = head;
	if (len > 0)
		memcpy(p, value->text, len);
	segment->used = p + len - segment->data;
	array->count++;
	return true;
}

void
PackedStart(const PackedArray *array, PackedCursor *cursor)
{
	cursor->segment = array->first;
	cursor->at = 0;
}

void
PackedNext(PackedCursor *cursor, JsonValue *value)
{
	const unsigned char *p;
	uint64		head = 0;
	int			shift = 0;

	while (cursor->at == cursor->segment->used)
	{
		cursor->segment = cursor->segment->next;
		cursor->at = 0;
	}
	p = (const unsigned char *) cursor->segment->data + cursor->at;
	for (; *p & 0x80; shift += 7)
		head |= (uint64) (*p++ & 0x7F) << shift;
	head |= (uint64) *p++ << shift;
	value->token = element_tokens[head & 7];
	value->escaped = (head & 8) != 0;
	value->len = head >> 4;
	value->text = (const char *) p;
	cursor->at = (const char *) p + value->len - cursor->segment->data;
}
