/*
 * unique_set.c
 *	  Detect repeated values of a set of columns within a batch.
 *
 * A hash table of offsets into an arena of keys. The keys of a span are computed first and their
 * entries prefetched, to hide memory latency.
 */
#include "base/compat.h"
#include "predicate/unique_set.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "predicate/native_operand.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#define CHUNK_BYTES		(256 * 1024)
#define CHUNK_UNITS		(CHUNK_BYTES / sizeof(uint32))
#define MAX_KEY			(CHUNK_BYTES / 16)
#define FIRST_PLACES	4096

typedef enum KeyPart
{
	PART_KEY,					/* eight bytes that order the type */
	PART_TEXT,
	PART_NUMERIC,
	PART_UUID
} KeyPart;

typedef struct UniqueColumn
{
	KeyPart		part;
	Scalar		scalar;
} UniqueColumn;

/* A place of the hash table: part of the hash, and where the key is. */
typedef struct Place
{
	uint32		hash;
	uint32		key;			/* in units of the arena, from 1; 0: the place is free */
} Place;

/* A key that is being made. */
typedef struct KeyBuffer
{
	char	   *data;
	uint32		len;
	uint32		size;
	bool		has_null;
} KeyBuffer;

struct UniqueSet
{
	MemoryContext cxt;			/* of places and chunks */
	Size		memory;			/* that cxt may use */
	Size		used;
	bool		given_up;
	bool		nulls_equal;
	int			ncolumns;
	UniqueColumn *columns;
	uint64		seed;
	Place	   *places;
	uint32		mask;
	uint32		count;
	uint32	  **chunks;
	int			nchunks;
	int			maxchunks;
	uint32		filled;			/* units of the last chunk */
	KeyBuffer	buffer;			/* keys of a span, one behind the other */
	uint32		starts[NATIVE_ROWS + 1];
	uint32		hashes[NATIVE_ROWS];
	bool		skipped[NATIVE_ROWS];
};

static bool
ColumnOf(TupleDesc row, int column, UniqueColumn *result)
{
	Form_pg_attribute att = TupleDescAttr(row, column);
	Oid			type = getBaseType(att->atttypid);

	result->scalar.column = column;
	if (type == UUIDOID)
	{
		result->part = PART_UUID;
		return true;
	}
	if (!NativeScalarOfType(type, &result->scalar))
		return false;
	result->scalar.column = column;
	switch (result->scalar.kind)
	{
		case SCALAR_KEY:
			result->part = PART_KEY;
			return true;
		case SCALAR_NUMERIC:
			result->part = PART_NUMERIC;
			return true;
		default:
			result->part = PART_TEXT;
			return NativeIsBytewise(att->attcollation);
	}
}

UniqueSet *
UniqueSetCreate(TupleDesc row, const int *columns, int ncolumns, bool nulls_equal, Size memory)
{
	UniqueSet  *set = palloc0(sizeof(UniqueSet));

	set->columns = palloc0(sizeof(UniqueColumn) * ncolumns);
	for (int i = 0; i < ncolumns; i++)
		if (!ColumnOf(row, columns[i], &set->columns[i]))
			return NULL;
	set->ncolumns = ncolumns;
	set->nulls_equal = nulls_equal;
	set->memory = memory;
	set->buffer.size = 16 * 1024;
	set->buffer.data = palloc(set->buffer.size);
	set->cxt = AllocSetContextCreate(CurrentMemoryContext, "elt unique set",
									 ALLOCSET_DEFAULT_SIZES);
	if (!pg_strong_random(&set->seed, sizeof(set->seed)))
		elog(ERROR, "could not generate a random number");
	return set;
}

void
UniqueSetGiveUp(UniqueSet *set)
{
	set->given_up = true;
	MemoryContextReset(set->cxt);
	set->places = NULL;
}

static void *
Allocate(UniqueSet *set, Size size)
{
	if (set->used + size > set->memory)
		return NULL;
	set->used += size;
	return MemoryContextAllocHuge(set->cxt, size);
}

static void
Put(KeyBuffer *buffer, const void *data, uint32 len)
{
	if (buffer->len + len > buffer->size)
	{
		buffer->size = Max(buffer->size * 2, buffer->len + len);
		buffer->data = repalloc(buffer->data, buffer->size);
	}
	memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
}

static void
PutBytes(KeyBuffer *buffer, const void *data, uint32 len)
{
	Put(buffer, &len, sizeof(len));
	Put(buffer, data, Min(len, MAX_KEY + 1));
}

/* 1.0 and 1.00 are equal: without zeros at their end they have the same bytes. */
static void
PutNumeric(KeyBuffer *buffer, Datum value)
{
	struct varlena *trimmed = (struct varlena *)
		DatumGetPointer(DirectFunctionCall1(numeric_trim_scale, value));

	PutBytes(buffer, VARDATA_ANY(trimmed), VARSIZE_ANY_EXHDR(trimmed));
	pfree(trimmed);
}

static void
PutColumn(KeyBuffer *buffer, const UniqueColumn *column, const RowSpan *rows, int row)
{
	RowSpan		one = {rows->values + row * rows->natts, rows->isnull + row * rows->natts,
	rows->natts, 1};
	Datum		value = one.values[column->scalar.column];
	int64		key;
	const char *text;
	int			len;

	switch (column->part)
	{
		case PART_KEY:
			NativeKeys(&column->scalar, &one, &key);
			Put(buffer, &key, sizeof(key));
			return;
		case PART_TEXT:
			text = NativeText(value, column->scalar.trimmed, &len);
			PutBytes(buffer, text, len);
			return;
		case PART_NUMERIC:
			PutNumeric(buffer, value);
			return;
		case PART_UUID:
			Put(buffer, DatumGetUUIDP(value)->data, UUID_LEN);
			return;
	}
}

/* Whole units, so that every key begins at one. */
static void
PutPadding(KeyBuffer *buffer)
{
	static const char zeros[sizeof(uint32)];

	if (buffer->len % sizeof(uint32) != 0)
		Put(buffer, zeros, sizeof(uint32) - buffer->len % sizeof(uint32));
}

static void
PutRow(UniqueSet *set, const RowSpan *rows, int row)
{
	const bool *isnull = rows->isnull + row * rows->natts;

	for (int c = 0; c < set->ncolumns; c++)
	{
		const UniqueColumn *column = &set->columns[c];
		char		null = isnull[column->scalar.column];

		if (null && !set->nulls_equal)
		{
			set->skipped[row] = true;
			return;
		}
		if (set->nulls_equal)
			Put(&set->buffer, &null, 1);
		if (!null)
			PutColumn(&set->buffer, column, rows, row);
	}
	PutPadding(&set->buffer);
}

/* False when a key is too long to be kept. */
static bool
MakeKeys(UniqueSet *set, const RowSpan *rows, const bool *left_out)
{
	set->buffer.len = 0;
	for (int row = 0; row < rows->nrows; row++)
	{
		set->starts[row] = set->buffer.len;
		set->skipped[row] = left_out[row];
		if (!left_out[row])
			PutRow(set, rows, row);
		if (set->skipped[row])
			set->buffer.len = set->starts[row];
		if (set->buffer.len - set->starts[row] > MAX_KEY)
			return false;
	}
	set->starts[rows->nrows] = set->buffer.len;
	return true;
}

static const char *
KeyOf(const UniqueSet *set, const Place *place)
{
	return (const char *) (set->chunks[(place->key - 1) / CHUNK_UNITS] +
						   (place->key - 1) % CHUNK_UNITS);
}

/* A key in the arena begins with its length. */
static bool
HasKey(const UniqueSet *set, const Place *place, const char *key, uint32 len)
{
	const char *stored = KeyOf(set, place);

	return *(const uint32 *) stored == len && memcmp(stored + sizeof(uint32), key, len) == 0;
}

static Place *
FindPlace(const UniqueSet *set, uint32 hash, const char *key, uint32 len)
{
	for (uint32 at = hash & set->mask;; at = (at + 1) & set->mask)
	{
		Place	   *place = &set->places[at];

		if (place->key == 0 || (place->hash == hash && HasKey(set, place, key, len)))
			return place;
	}
}

static bool
AddChunk(UniqueSet *set)
{
	if (set->nchunks == set->maxchunks)
	{
		int			maxchunks = Max(set->maxchunks * 2, 16);
		uint32	  **chunks = Allocate(set, maxchunks * sizeof(uint32 *));

		if (chunks == NULL)
			return false;
		if (set->nchunks > 0)
			memcpy(chunks, set->chunks, set->nchunks * sizeof(uint32 *));
		set->chunks = chunks;
		set->maxchunks = maxchunks;
	}
	set->chunks[set->nchunks] = Allocate(set, CHUNK_BYTES);
	set->filled = 0;
	return set->chunks[set->nchunks++] != NULL;
}

/* Keep a key in the arena; 0 when there is no room. */
static uint32
KeepKey(UniqueSet *set, const char *key, uint32 len)
{
	uint32		units = 1 + len / sizeof(uint32);
	uint32	   *at;

	if (set->nchunks == 0 || set->filled + units > CHUNK_UNITS)
		if (!AddChunk(set))
			return 0;
	at = set->chunks[set->nchunks - 1] + set->filled;
	*at = len;
	memcpy(at + 1, key, len);
	set->filled += units;
	return (set->nchunks - 1) * CHUNK_UNITS + (set->filled - units) + 1;
}

static Place *
FreePlace(const UniqueSet *set, uint32 hash)
{
	uint32		at = hash & set->mask;

	while (set->places[at].key != 0)
		at = (at + 1) & set->mask;
	return &set->places[at];
}

/* Room for a span's rows with at most two thirds of the places taken. */
static bool
GrowTo(UniqueSet *set, uint32 count)
{
	Place	   *old = set->places;
	uint64		nold = old ? (uint64) set->mask + 1 : 0;
	uint64		n = Max(nold, FIRST_PLACES);

	while (n / 3 * 2 < count)
		n *= 2;
	if (n == nold)
		return true;
	set->places = n > PG_UINT32_MAX ? NULL : Allocate(set, n * sizeof(Place));
	if (set->places == NULL)
		return false;
	memset(set->places, 0, n * sizeof(Place));
	set->mask = n - 1;
	for (uint64 i = 0; i < nold; i++)
		if (old[i].key != 0)
			*FreePlace(set, old[i].hash) = old[i];
	if (old != NULL)
		pfree(old);
	set->used -= nold * sizeof(Place);
	return true;
}

static void
HashKeys(UniqueSet *set, int nrows)
{
	for (int row = 0; row < nrows; row++)
	{
		const char *key = set->buffer.data + set->starts[row];
		uint32		len = set->starts[row + 1] - set->starts[row];

		if (set->skipped[row])
			continue;
		set->hashes[row] = (uint32) hash_bytes_extended((const unsigned char *) key, len,
														set->seed);
		__builtin_prefetch(&set->places[set->hashes[row] & set->mask]);
	}
}

static bool
AddRow(UniqueSet *set, int row, uint8 *verdict)
{
	const char *key = set->buffer.data + set->starts[row];
	uint32		len = set->starts[row + 1] - set->starts[row];
	Place	   *place = FindPlace(set, set->hashes[row], key, len);

	*verdict = place->key == 0 ? NATIVE_TRUE : NATIVE_FALSE;
	if (place->key != 0)
		return true;
	place->hash = set->hashes[row];
	place->key = KeepKey(set, key, len);
	set->count++;
	return place->key != 0;
}

static bool
AddRows(UniqueSet *set, const RowSpan *rows, const bool *left_out, uint8 *verdicts)
{
	if (!MakeKeys(set, rows, left_out) || !GrowTo(set, set->count + rows->nrows))
		return false;
	HashKeys(set, rows->nrows);
	for (int row = 0; row < rows->nrows; row++)
	{
		verdicts[row] = NATIVE_TRUE;
		if (!set->skipped[row] && !AddRow(set, row, &verdicts[row]))
			return false;
	}
	return true;
}

bool
UniqueSetAdd(UniqueSet *set, const RowSpan *rows, const bool *left_out, uint8 *verdicts)
{
	if (!set->given_up && !AddRows(set, rows, left_out, verdicts))
		UniqueSetGiveUp(set);
	return !set->given_up;
}
