/*
 * hash_log.c
 *	  Find repeated hashes by sorting them apart.
 *
 * Hashes are split by their leading bits, in place, until those that share them are so few that
 * a table which finds the repeated ones stays in the processor's cache. What memory does not hold
 * is split before it is written, so that each part is read back for itself.
 */
#include "base/compat.h"
#include "predicate/hash_log.h"

#include "base/handle.h"
#include "base/spill_file.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#define PART_BITS		8
#define PARTS			(1 << PART_BITS)
#define FIRST_SHIFT		(64 - PART_BITS)
#define FIRST_HASHES	4096
/* Hashes that are told apart by one table. */
#define TABLE_HASHES	8192

/* Hashes of one part that were written at once. */
typedef struct Run
{
	off_t		offset;
	int64		count;
} Run;

struct HashLog
{
	MemoryContext cxt;
	uint64	   *hashes;
	int64		count;
	int64		size;
	int64		capacity;		/* that size may grow to */
	File		file;			/* -1: all are in memory */
	off_t		file_len;
	Run		   *runs;			/* PARTS of each time that memory was full */
	int			nspills;
	uint64	   *places;			/* of the table, twice TABLE_HASHES */
	uint64	   *repeated;
	int64		nrepeated;
	int64		repeated_size;
	bool		given_up;		/* too many repeated ones, or no space for the file */
};

HashLog *
HashLogCreate(Size memory)
{
	HashLog    *log = palloc0(sizeof(HashLog));

	log->cxt = CurrentMemoryContext;
	log->file = -1;
	log->capacity = Max(memory / sizeof(uint64), FIRST_HASHES);
	log->size = FIRST_HASHES;
	log->hashes = palloc(log->size * sizeof(uint64));
	return log;
}

static inline int
PartOf(uint64 hash, int shift)
{
	return (hash >> shift) & (PARTS - 1);
}

/* Order hashes by their part; ends says where each part ends. */
static void
Split(uint64 *hashes, int64 count, int shift, int64 *ends)
{
	int64		next[PARTS];
	int64		sum = 0;

	memset(ends, 0, PARTS * sizeof(int64));
	for (int64 i = 0; i < count; i++)
		ends[PartOf(hashes[i], shift)]++;
	for (int part = 0; part < PARTS; part++)
	{
		next[part] = sum;
		sum += ends[part];
		ends[part] = sum;
	}
	for (int part = 0; part < PARTS; part++)
		while (next[part] < ends[part])
		{
			uint64		hash = hashes[next[part]];

			for (int to = PartOf(hash, shift); to != part; to = PartOf(hash, shift))
			{
				uint64		other = hashes[next[to]];

				hashes[next[to]++] = hash;
				hash = other;
			}
			hashes[next[part]++] = hash;
		}
}

static void
NoteRepeated(HashLog *log, uint64 hash)
{
	if (log->nrepeated == log->repeated_size)
	{
		if (log->nrepeated >= log->capacity / 8)
		{
			log->given_up = true;
			return;
		}
		log->repeated_size = log->repeated_size ? log->repeated_size * 2 : 256;
		log->repeated = log->repeated
			? repalloc_huge(log->repeated, log->repeated_size * sizeof(uint64))
			: palloc(log->repeated_size * sizeof(uint64));
	}
	log->repeated[log->nrepeated++] = hash;
}

static int64
ReduceInTable(HashLog *log, uint64 *hashes, int64 count)
{
	uint64		size = pg_nextpower2_64(Max(count, 1) * 2);
	int64		left = 0;

	if (log->places == NULL)
		log->places = palloc(2 * TABLE_HASHES * sizeof(uint64));
	memset(log->places, 0, size * sizeof(uint64));
	for (int64 i = 0; i < count; i++)
	{
		uint64		hash = hashes[i];
		uint64		at = hash & (size - 1);

		while (log->places[at] != 0 && log->places[at] != hash)
			at = (at + 1) & (size - 1);
		if (log->places[at] == hash)
			NoteRepeated(log, hash);
		else
			hashes[left++] = log->places[at] = hash;
	}
	return left;
}

/* Note what is repeated and leave one of each, in front; returns how many are left. */
static int64
Reduce(HashLog *log, uint64 *hashes, int64 count, int shift)
{
	int64		ends[PARTS];
	int64		from = 0;
	int64		left = 0;

	if (count <= TABLE_HASHES)
		return ReduceInTable(log, hashes, count);
	if (shift < 0)
	{
		NoteRepeated(log, hashes[0]);
		return 1;
	}
	CHECK_FOR_INTERRUPTS();
	Split(hashes, count, shift, ends);
	for (int part = 0; part < PARTS; part++)
	{
		int64		some = Reduce(log, hashes + from, ends[part] - from, shift - PART_BITS);

		memmove(hashes + left, hashes + from, some * sizeof(uint64));
		left += some;
		from = ends[part];
	}
	return left;
}

static void
CloseFile(void *arg)
{
	HashLog    *log = arg;

	if (log->file >= 0)
		FileClose(log->file);
	log->file = -1;
}

static void
OpenFile(HashLog *log)
{
	ReleaseWithContext(log->cxt, CloseFile, log);
	log->file = SpillFileOpen();
}

static void
NoteRuns(HashLog *log, const int64 *ends)
{
	Size		size = (log->nspills + 1) * PARTS * sizeof(Run);
	int64		from = 0;
	Run		   *runs;

	log->runs = log->runs ? repalloc_huge(log->runs, size) : palloc(size);
	runs = log->runs + (Size) log->nspills++ * PARTS;
	for (int part = 0; part < PARTS; part++)
	{
		runs[part].offset = log->file_len + from * sizeof(uint64);
		runs[part].count = ends[part] - from;
		from = ends[part];
	}
}

/* Make room by writing all to the file. */
static void
Spill(HashLog *log)
{
	int64		ends[PARTS];
	Size		bytes = log->count * sizeof(uint64);

	CHECK_FOR_INTERRUPTS();
	if (log->file < 0)
		OpenFile(log);
	Split(log->hashes, log->count, FIRST_SHIFT, ends);
	if (!SpillFileWrite(log->file, log->hashes, bytes, log->file_len))
		log->given_up = true;
	NoteRuns(log, ends);
	log->file_len += bytes;
	log->count = 0;
}

static void
MakeRoom(HashLog *log)
{
	if (log->size == log->capacity)
	{
		Spill(log);
		return;
	}
	log->size = Min(log->size * 2, log->capacity);
	log->hashes = repalloc_huge(log->hashes, log->size * sizeof(uint64));
}

void
HashLogAdd(HashLog *log, uint64 hash)
{
	MemoryContext old;

	if (log->given_up)
		return;
	if (log->count == log->size)
	{
		old = MemoryContextSwitchTo(log->cxt);
		MakeRoom(log);
		MemoryContextSwitchTo(old);
	}
	log->hashes[log->count++] = hash;
}

/* Only equal hashes, or far more than there are rows in any batch, fill memory with one part. */
static void
MakeRoomInPart(HashLog *log, int64 count)
{
	if (log->count + count <= log->size)
		return;
	log->count = Reduce(log, log->hashes, log->count, FIRST_SHIFT - PART_BITS);
	if (log->count + count <= log->size)
		return;
	log->size = log->count + count;
	log->hashes = repalloc_huge(log->hashes, log->size * sizeof(uint64));
}

static void
ReducePart(HashLog *log, int part)
{
	log->count = 0;
	for (int spill = 0; spill < log->nspills; spill++)
	{
		const Run  *run = &log->runs[(Size) spill * PARTS + part];

		if (run->count == 0)
			continue;
		MakeRoomInPart(log, run->count);
		SpillFileRead(log->file, log->hashes + log->count, run->count * sizeof(uint64),
					  run->offset);
		log->count += run->count;
	}
	(void) Reduce(log, log->hashes, log->count, FIRST_SHIFT - PART_BITS);
}

static void
ReduceFile(HashLog *log)
{
	Spill(log);
	for (int part = 0; part < PARTS && !log->given_up; part++)
		ReducePart(log, part);
	CloseFile(log);
}

bool
HashLogRepeated(HashLog *log, uint64 **repeated, int64 *count)
{
	MemoryContext old = MemoryContextSwitchTo(log->cxt);

	if (log->file >= 0)
		ReduceFile(log);
	else
		(void) Reduce(log, log->hashes, log->count, FIRST_SHIFT);
	MemoryContextSwitchTo(old);
	pfree(log->hashes);
	*repeated = log->repeated;
	*count = log->nrepeated;
	return !log->given_up;
}
