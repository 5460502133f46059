/*
 * packed.h
 *	  Keep the elements of an array as packed text until their rows are built.
 *
 * An element takes its own bytes and a length of one byte (more from 8 bytes on); null takes one
 * byte. The elements are converted only after all lengths were found to agree.
 */
#ifndef ELT_DECODE_PACKED_H
#define ELT_DECODE_PACKED_H

#include "postgres.h"
#include "decode/json_reader.h"

/* One value of the page. */
typedef struct JsonValue
{
	JsonToken	token;
	bool		escaped;
	const char *text;			/* as in the page: strings with quotes, containers whole */
	size_t		len;
} JsonValue;

/* The scalar that a reader has just read. */
static inline JsonValue
ValueOfToken(const JsonReader *reader, JsonToken token)
{
	JsonValue	value = {token, false, reader->text, reader->len};

	if (token == JSON_STRING)
	{
		value.text--;
		value.len += 2;
		value.escaped = reader->escaped;
	}
	return value;
}

struct PackedSegment;

typedef struct PackedArray
{
	MemoryContext cxt;
	int64		count;
	struct PackedSegment *first;
	struct PackedSegment *last;
} PackedArray;

typedef struct PackedCursor
{
	struct PackedSegment *segment;
	size_t		at;
} PackedCursor;

extern void PackedInit(PackedArray *array, MemoryContext cxt);
/* Both account for their allocations in *memory; false when it is exhausted. */
extern void PackedClear(PackedArray *array, size_t *memory);
extern bool PackedAppend(PackedArray *array, const JsonValue *value, size_t *memory);

extern void PackedStart(const PackedArray *array, PackedCursor *cursor);
/* To be called at most count times. */
extern void PackedNext(PackedCursor *cursor, JsonValue *value);

#endif
