/*
 * unique_set.c
 *	  Detect repeated values of a set of columns within a batch.
 *
 * Hash tables of 64-bit fingerprints, one for each of their leading bits, so that little is copied
 * when one of them grows. The fingerprints of a span are computed first and their places
 * prefetched, to hide memory latency. Beyond its memory a set only collects fingerprints, and learns
 * at its end whether any of them repeats.
 *
 * Numbers and times often rise from row to row. One that is greater than all before is new, and is
 * put at the end of a list; only those that come late have a place in a table.
 */
#include "base/compat.h"
#include "predicate/unique_set.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "predicate/hash_log.h"
#include "predicate/native_operand.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#define TABLE_BITS		6
#define TABLES			(1 << TABLE_BITS)
#define FIRST_PLACES	64

/* A table grows by half when this part of its places is taken: 10 to 16 bytes a fingerprint. */
#define IsCrowded(table) ((uint64) (table)->count * 32 >= (uint64) (table)->size * 25)

#define NULL_PART		UINT64CONST(0x9e3779b97f4a7c15)

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

/* Open addressing; a place that is free has 0. */
typedef struct Table
{
	uint64	   *places;
	uint32		size;
	uint32		count;
} Table;

/* In their order. */
typedef struct Rising
{
	int64	   *keys;
	uint32		room;
	uint32		count;
	uint32		late;			/* keys that came when a greater one was there */
} Rising;

struct UniqueSet
{
	MemoryContext cxt;			/* of places and log */
	Size		memory;			/* that the tables may use */
	Size		used;
	bool		given_up;
	bool		nulls_equal;
	bool		exact;			/* equal fingerprints mean equal values */
	bool		repeats;		/* one has been seen */
	int			ncolumns;
	UniqueColumn *columns;
	uint64		seed;
	bool		scattered;		/* too many come late: all are in the tables */
	Rising		rising;
	Table		tables[TABLES];
	HashLog    *log;			/* of all fingerprints, when memory is used up; else NULL */
	int64		keys[NATIVE_ROWS];
	uint64		prints[NATIVE_ROWS];	/* of a span; 0: the row is not compared */
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
	set->exact = ncolumns == 1 && set->columns[0].part == PART_KEY && !nulls_equal;
	set->memory = memory;
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
	memset(set->tables, 0, sizeof(set->tables));
	memset(&set->rising, 0, sizeof(set->rising));
	set->log = NULL;
}

/* ---- fingerprints ---- */

/* Different values stay different: each step can be undone. */
static inline uint64
Mix(uint64 value)
{
	value = (value ^ (value >> 33)) * UINT64CONST(0xff51afd7ed558ccd);
	value = (value ^ (value >> 33)) * UINT64CONST(0xc4ceb9fe1a85ec53);
	return value ^ (value >> 33);
}

static inline uint64
HashBytes(const void *data, int len, uint64 hash)
{
	return hash_bytes_extended(data, len, hash);
}

/* 1.0 and 1.00 are equal: without zeros at their end they have the same bytes. */
static uint64
HashNumeric(Datum value, uint64 hash)
{
	struct varlena *trimmed = (struct varlena *)
		DatumGetPointer(DirectFunctionCall1(numeric_trim_scale, value));

	hash = HashBytes(VARDATA_ANY(trimmed), VARSIZE_ANY_EXHDR(trimmed), hash);
	pfree(trimmed);
	return hash;
}

/* What the columns before it have come to is the seed of the next one. */
static uint64
HashColumn(const UniqueColumn *column, const RowSpan *row, uint64 hash)
{
	Datum		value = row->values[column->scalar.column];
	int64		key;
	const char *text;
	int			len;

	switch (column->part)
	{
		case PART_TEXT:
			text = NativeText(value, column->scalar.trimmed, &len);
			return HashBytes(text, len, hash);
		case PART_NUMERIC:
			return HashNumeric(value, hash);
		case PART_UUID:
			return HashBytes(DatumGetUUIDP(value)->data, UUID_LEN, hash);
		default:
			NativeKeys(&column->scalar, row, &key);
			return Mix((uint64) key ^ hash);
	}
}

static uint64
HashRow(const UniqueSet *set, const RowSpan *row)
{
	uint64		hash = set->seed;

	for (int c = 0; c < set->ncolumns; c++)
	{
		const UniqueColumn *column = &set->columns[c];

		if (!row->isnull[column->scalar.column])
			hash = HashColumn(column, row, hash);
		else if (set->nulls_equal)
			hash = Mix(hash ^ NULL_PART);
		else
			return 0;
	}
	return hash + (hash == 0);
}

static void
HashRows(UniqueSet *set, const RowSpan *rows, const bool *left_out)
{
	for (int i = 0; i < rows->nrows; i++)
	{
		RowSpan		row = {rows->values + i * rows->natts, rows->isnull + i * rows->natts,
		rows->natts, 1};

		set->prints[i] = left_out[i] ? 0 : HashRow(set, &row);
	}
}

/* False for the one value that has no fingerprint. */
static bool
MixRows(UniqueSet *set, const RowSpan *rows, const bool *left_out)
{
	const Scalar *scalar = &set->columns[0].scalar;
	const bool *isnull = rows->isnull + scalar->column;

	NativeKeys(scalar, rows, set->keys);
	for (int i = 0; i < rows->nrows; i++)
	{
		bool		apart = left_out[i] || isnull[i * rows->natts];

		set->prints[i] = apart ? 0 : Mix((uint64) set->keys[i] ^ set->seed);
		if (set->prints[i] == 0 && !apart)
			return false;
	}
	return true;
}

/* ---- tables ---- */

static inline Table *
TableOf(UniqueSet *set, uint64 print)
{
	return &set->tables[print >> (64 - TABLE_BITS)];
}

static inline uint32
FirstPlace(const Table *table, uint64 print)
{
	return ((print & PG_UINT32_MAX) * table->size) >> 32;
}

/* Where the fingerprint is or can be put. */
static inline uint64 *
FindPlace(const Table *table, uint64 print)
{
	uint32		at = FirstPlace(table, print);

	while (table->places[at] != 0 && table->places[at] != print)
		if (++at == table->size)
			at = 0;
	return &table->places[at];
}

/* False when there is no memory for it. */
static bool
Grow(UniqueSet *set, Table *table)
{
	Table		old = *table;
	uint64		size = old.size == 0 ? FIRST_PLACES : (uint64) old.size / 2 * 3;
	Size		bytes = size * sizeof(uint64);

	if (size > PG_UINT32_MAX || set->used + bytes > set->memory)
		return false;
	table->places = MemoryContextAllocExtended(set->cxt, bytes, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	table->size = size;
	set->used += bytes;
	for (uint32 i = 0; i < old.size; i++)
		if (old.places[i] != 0)
			*FindPlace(table, old.places[i]) = old.places[i];
	if (old.places != NULL)
		pfree(old.places);
	set->used -= old.size * sizeof(uint64);
	return true;
}

static bool
GrowForRows(UniqueSet *set, int nrows)
{
	for (int i = 0; i < nrows; i++)
	{
		uint64		print = set->prints[i];
		Table	   *table = TableOf(set, print);

		if (print == 0)
			continue;
		if (IsCrowded(table) && !Grow(set, table))
			return false;
		__builtin_prefetch(&table->places[FirstPlace(table, print)]);
	}
	return true;
}

/* ---- beyond memory ---- */

static void
MoveToLog(UniqueSet *set, Table *table)
{
	for (uint32 i = 0; i < table->size; i++)
		if (table->places[i] != 0)
			HashLogAdd(set->log, table->places[i]);
	if (table->places != NULL)
		pfree(table->places);
	*table = (Table) {0};
}

static void
MoveRisingToLog(UniqueSet *set)
{
	for (uint32 i = 0; i < set->rising.count; i++)
		HashLogAdd(set->log, Mix((uint64) set->rising.keys[i] ^ set->seed));
	if (set->rising.keys != NULL)
		pfree(set->rising.keys);
	set->rising = (Rising) {0};
}

static void
BeginLog(UniqueSet *set)
{
	MemoryContext old = MemoryContextSwitchTo(set->cxt);

	/* while the tables go it grows */
	set->log = HashLogCreate(set->memory / 2);
	MemoryContextSwitchTo(old);
	MoveRisingToLog(set);
	for (int i = 0; i < TABLES; i++)
		MoveToLog(set, &set->tables[i]);
}

/* The rows from one on; nothing is said against them until the end. */
static void
Log(UniqueSet *set, int first, int nrows, uint8 *verdicts)
{
	for (int i = first; i < nrows; i++)
	{
		verdicts[i] = NATIVE_TRUE;
		if (set->prints[i] != 0)
			HashLogAdd(set->log, set->prints[i]);
	}
}

static bool
LogRepeats(UniqueSet *set)
{
	uint64	   *repeated;
	int64		count;

	return !HashLogRepeated(set->log, &repeated, &count) || count > 0;
}

/* ---- verdicts ---- */

/* False when the tables have no room for the row. */
static bool
AddRow(UniqueSet *set, uint64 print, uint8 *verdict)
{
	Table	   *table = TableOf(set, print);
	uint64	   *place;

	*verdict = NATIVE_TRUE;
	if (print == 0)
		return true;
	if (IsCrowded(table) && !Grow(set, table))
		return false;
	place = FindPlace(table, print);
	if (*place == print)
	{
		*verdict = NATIVE_FALSE;
		set->repeats = true;
		return true;
	}
	*place = print;
	table->count++;
	return true;
}

static bool
AddToTables(UniqueSet *set, int nrows, uint8 *verdicts, int *done)
{
	if (!GrowForRows(set, nrows))
		return false;
	for (*done = 0; *done < nrows; (*done)++)
		if (!AddRow(set, set->prints[*done], &verdicts[*done]))
			return false;
	return true;
}

/* ---- keys that rise ---- */

#define FIRST_KEYS 1024
/* So many may come late, or this part of the others. */
#define FEW_LATE 1024
#define LATE_PART 8

/* False when there is no memory for it. */
static bool
AppendKey(UniqueSet *set, int64 key)
{
	Rising	   *rising = &set->rising;
	uint64		room = rising->room == 0 ? FIRST_KEYS : (uint64) rising->room * 2;

	if (rising->count == rising->room)
	{
		if (room > PG_UINT32_MAX ||
			set->used + (room - rising->room) * sizeof(int64) > set->memory)
			return false;
		rising->keys = rising->keys == NULL ?
			MemoryContextAllocHuge(set->cxt, room * sizeof(int64)) :
			repalloc_huge(rising->keys, room * sizeof(int64));
		set->used += (room - rising->room) * sizeof(int64);
		rising->room = (uint32) room;
	}
	rising->keys[rising->count++] = key;
	return true;
}

static bool
IsAmong(const Rising *rising, int64 key)
{
	uint32		low = 0;
	uint32		high = rising->count;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (rising->keys[middle] < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < rising->count && rising->keys[low] == key;
}

/* The same, and false for the one value that has no fingerprint. */
static bool
AddLateKey(UniqueSet *set, int64 key, uint8 *verdict)
{
	uint64		print = Mix((uint64) key ^ set->seed);

	set->rising.late++;
	if (print == 0)
		return false;
	if (!IsAmong(&set->rising, key))
		return AddRow(set, print, verdict);
	*verdict = NATIVE_FALSE;
	set->repeats = true;
	return true;
}

/* Until one has no room; *done are added. */
static bool
AddKeys(UniqueSet *set, const RowSpan *rows, const bool *left_out, uint8 *verdicts, int *done)
{
	const Scalar *scalar = &set->columns[0].scalar;
	const bool *isnull = rows->isnull + scalar->column;
	Rising	   *rising = &set->rising;

	NativeKeys(scalar, rows, set->keys);
	for (*done = 0; *done < rows->nrows; (*done)++)
	{
		int			i = *done;
		int64		key = set->keys[i];

		verdicts[i] = NATIVE_TRUE;
		if (left_out[i] || isnull[i * rows->natts])
			continue;
		if (rising->count == 0 || key > rising->keys[rising->count - 1] ?
			!AppendKey(set, key) : !AddLateKey(set, key, &verdicts[i]))
			return false;
	}
	return true;
}

/* False when there is no memory for it. */
static bool
Scatter(UniqueSet *set)
{
	Rising		rising = set->rising;
	bool		fits = true;

	set->scattered = true;
	for (uint32 i = 0; fits && i < rising.count; i++)
	{
		uint64		print = Mix((uint64) rising.keys[i] ^ set->seed);
		uint8		verdict;

		fits = print != 0 && AddRow(set, print, &verdict);
	}
	if (!fits)
		return false;
	pfree(rising.keys);
	set->used -= rising.room * sizeof(int64);
	set->rising = (Rising) {0};
	return true;
}

static bool
ManyAreLate(const Rising *rising)
{
	return rising->late > FEW_LATE && rising->late > rising->count / LATE_PART;
}

/* False when what has been seen proves nothing, so that the rows are to be loaded again. */
static bool
AddRisingRows(UniqueSet *set, const RowSpan *rows, const bool *left_out, uint8 *verdicts)
{
	int			done;

	if (AddKeys(set, rows, left_out, verdicts, &done))
		return !ManyAreLate(&set->rising) || Scatter(set);
	if (set->repeats || !MixRows(set, rows, left_out))
		return false;
	BeginLog(set);
	Log(set, done, rows->nrows, verdicts);
	return true;
}

/* False when what has been seen proves nothing. */
static bool
AddRows(UniqueSet *set, const RowSpan *rows, const bool *left_out, uint8 *verdicts)
{
	int			done = 0;

	if (set->exact && !set->scattered && set->log == NULL)
		return AddRisingRows(set, rows, left_out, verdicts);
	if (!set->exact)
		HashRows(set, rows, left_out);
	else if (!MixRows(set, rows, left_out))
		return false;
	if (set->log != NULL)
		Log(set, 0, rows->nrows, verdicts);
	else if (!AddToTables(set, rows->nrows, verdicts, &done))
	{
		if (set->repeats)
			return false;
		BeginLog(set);
		Log(set, done, rows->nrows, verdicts);
	}
	return !set->repeats || set->exact;
}

bool
UniqueSetAdd(UniqueSet *set, const RowSpan *rows, const bool *left_out, uint8 *verdicts)
{
	if (!set->given_up && !AddRows(set, rows, left_out, verdicts))
		UniqueSetGiveUp(set);
	return !set->given_up;
}

bool
UniqueSetEnd(UniqueSet *set)
{
	bool		right = !set->given_up && (set->log == NULL || !LogRepeats(set));

	UniqueSetGiveUp(set);
	return right;
}
