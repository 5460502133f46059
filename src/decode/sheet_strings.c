/*
 * sheet_strings.c
 *	  The strings that the cells of a workbook share, in memory of a fixed size.
 *
 * A string is its length and its bytes, one after another. The place of every sixteenth is known, from
 * which the others are found. Cells tend to use them in their order, so that a few blocks of the
 * temporary file in memory serve most of them.
 */
#include "postgres.h"

#include "decode/sheet_strings.h"

#include "base/handle.h"
#include "base/spill_file.h"
#include "utils/memutils.h"

/* Tests make it small. */
#ifndef STRINGS_MEMORY
#define STRINGS_MEMORY	(8 * 1024 * 1024)
#endif

#define STRIDE			16
#define BLOCK_BYTES		(32 * 1024)
#define CACHED_BLOCKS	64
#define MAX_LENGTH_BYTES 5

typedef struct CachedBlock
{
	int64		number;			/* -1: none */
	char	   *data;
} CachedBlock;

struct SheetStrings
{
	MemoryContext cxt;
	int64		count;
	int64		bytes;			/* of all strings */
	int64	   *places;			/* of every STRIDEth string */
	int64		maxplaces;

	char	   *tail;			/* what is not in the file */
	size_t		tail_len;
	size_t		tail_size;
	File		file;			/* -1: none */
	int64		file_len;
	CachedBlock cache[CACHED_BLOCKS];
};

static void
CloseFile(void *arg)
{
	SheetStrings *s = arg;

	if (s->file >= 0)
		FileClose(s->file);
	s->file = -1;
}

SheetStrings *
SheetStringsCreate(void)
{
	SheetStrings *s = palloc0(sizeof(SheetStrings));

	s->cxt = CurrentMemoryContext;
	s->file = -1;
	ReleaseWithContext(s->cxt, CloseFile, s);
	SheetStringsClear(s);
	return s;
}

void
SheetStringsClear(SheetStrings *s)
{
	CloseFile(s);
	s->count = s->bytes = s->file_len = 0;
	s->tail_len = 0;
	for (int i = 0; i < CACHED_BLOCKS; i++)
		s->cache[i].number = -1;
}

/* ---- writing ---- */

static void
Spill(SheetStrings *s)
{
	if (s->file < 0)
		s->file = SpillFileOpen();
	if (!SpillFileWrite(s->file, s->tail, s->tail_len, s->file_len))
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("temporary file size exceeds temp_file_limit"),
				 errdetail("The strings of a workbook need it.")));
	s->file_len += s->tail_len;
	s->tail_len = 0;
}

static void
Reserve(SheetStrings *s, size_t len)
{
	size_t		needed = s->tail_len + len;

	if (needed <= s->tail_size)
		return;
	if (s->tail_len > 0 && needed > STRINGS_MEMORY)
	{
		Spill(s);
		needed = len;
	}
	if (needed <= s->tail_size)
		return;
	s->tail_size = Max(needed, Min(2 * s->tail_size + BLOCK_BYTES, STRINGS_MEMORY));
	if (s->tail == NULL)
		s->tail = MemoryContextAllocHuge(s->cxt, s->tail_size);
	else
		s->tail = repalloc_huge(s->tail, s->tail_size);
}

static void
NotePlace(SheetStrings *s)
{
	if (s->count % STRIDE != 0)
		return;
	if (s->count / STRIDE == s->maxplaces)
	{
		s->maxplaces = Max(2 * s->maxplaces, 1024);
		if (s->places == NULL)
			s->places = MemoryContextAllocHuge(s->cxt, s->maxplaces * sizeof(int64));
		else
			s->places = repalloc_huge(s->places, s->maxplaces * sizeof(int64));
	}
	s->places[s->count / STRIDE] = s->bytes;
}

void
SheetStringsAdd(SheetStrings *s, const char *text, size_t len)
{
	size_t		rest = len;
	size_t		before;

	Reserve(s, len + MAX_LENGTH_BYTES);
	NotePlace(s);
	before = s->tail_len;
	for (; rest >= 0x80; rest >>= 7)
		s->tail[s->tail_len++] = rest | 0x80;
	s->tail[s->tail_len++] = rest;
	if (len > 0)
		memcpy(s->tail + s->tail_len, text, len);
	s->tail_len += len;
	s->bytes += s->tail_len - before;
	s->count++;
}

/* ---- reading ---- */

static const char *
BlockOf(SheetStrings *s, int64 number)
{
	CachedBlock *block = &s->cache[number % CACHED_BLOCKS];
	int64		at = number * BLOCK_BYTES;

	if (block->number == number)
		return block->data;
	if (block->data == NULL)
		block->data = MemoryContextAlloc(s->cxt, BLOCK_BYTES);
	block->number = -1;
	SpillFileRead(s->file, block->data, Min(BLOCK_BYTES, s->file_len - at), at);
	block->number = number;
	return block->data;
}

/* What is in memory from this place on. */
static const char *
BytesAt(SheetStrings *s, int64 at, size_t *len)
{
	int64		within;

	if (at >= s->file_len)
	{
		*len = s->tail_len - (at - s->file_len);
		return s->tail + (at - s->file_len);
	}
	within = at % BLOCK_BYTES;
	*len = Min(BLOCK_BYTES - within, s->file_len - at);
	return BlockOf(s, at / BLOCK_BYTES) + within;
}

static size_t
LengthAt(SheetStrings *s, int64 *at)
{
	size_t		result = 0;
	int			shift = 0;
	size_t		known;
	unsigned char byte;

	do
	{
		byte = *BytesAt(s, (*at)++, &known);
		result |= (size_t) (byte & 0x7F) << shift;
		shift += 7;
	} while (byte & 0x80);
	return result;
}

bool
SheetStringsAppend(SheetStrings *s, int64 number, StringInfo text)
{
	int64		at;
	size_t		len;

	if (number < 0 || number >= s->count)
		return false;
	at = s->places[number / STRIDE];
	for (int i = number % STRIDE; i > 0; i--)
	{
		len = LengthAt(s, &at);
		at += len;
	}
	len = LengthAt(s, &at);
	while (len > 0)
	{
		size_t		known;
		const char *bytes = BytesAt(s, at, &known);

		known = Min(known, len);
		appendBinaryStringInfo(text, bytes, known);
		at += known;
		len -= known;
	}
	return true;
}
