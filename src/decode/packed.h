/*
 * packed.h
 *	  The elements of an array, packed as text until their rows are made.
 *
 * An element takes its own bytes and a length of one byte (more from 8 bytes on); null takes
 * one byte. The types of the columns are looked at only when every length is known to agree.
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
/* What these two take is taken from *memory, or given back; false when it does not suffice. */
extern void PackedClear(PackedArray *array, size_t *memory);
extern bool PackedAppend(PackedArray *array, const JsonValue *value, size_t *memory);

extern void PackedStart(const PackedArray *array, PackedCursor *cursor);
/* Only for the count elements that there are. */
extern void PackedNext(PackedCursor *cursor, JsonValue *value);

#endif
