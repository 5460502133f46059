/*
 * hash_log.c
 *	  Find repeated hashes by sorting them apart.
 *
 * Hashes are split by their leading bits, in place, until those that share them are so few that
 * a table which finds the repeated ones stays in the processor's cache. What memory does not hold
 * is split before it is written, so that each part is read back for itself.
 */
#include "base/compat.h"
#include "load/hash_log.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/buffile.h"
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
	int			fileno;
	off_t		offset;
	int64		count;
} Run;

struct HashLog
{
	uint64	   *hashes;
	int64		count;
	int64		size;
	int64		capacity;		/* that size may grow to */
	BufFile    *file;			/* NULL: all are in memory */
	Run		   *runs;			/* PARTS of each time that memory was full */
	int			nspills;
	uint64	   *places;			/* of the table, twice TABLE_HASHES */
	uint64	   *repeated;
	int64		nrepeated;
	int64		repeated_size;
	bool		too_many;		/* repeated ones for memory */
};

HashLog *
HashLogCreate(Size memory)
{
	HashLog    *log = palloc0(sizeof(HashLog));

	log->capacity = memory / sizeof(uint64);
	log->size = Min(FIRST_HASHES, log->capacity);
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
			log->too_many = true;
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
WriteRun(HashLog *log, Run *run, uint64 *hashes, int64 count)
{
	BufFileTell(log->file, &run->fileno, &run->offset);
	run->count = count;
	BufFileWrite(log->file, hashes, count * sizeof(uint64));
}

/* Make room by writing all to the file. */
static void
Spill(HashLog *log)
{
	int64		ends[PARTS];
	int64		from = 0;
	Run		   *runs;

	CHECK_FOR_INTERRUPTS();
	if (log->file == NULL)
	{
		log->file = BufFileCreateTemp(false);
		log->runs = palloc(PARTS * sizeof(Run));
	}
	else
		log->runs = repalloc_huge(log->runs, (log->nspills + 1) * PARTS * sizeof(Run));
	runs = log->runs + (Size) log->nspills++ * PARTS;
	Split(log->hashes, log->count, FIRST_SHIFT, ends);
	for (int part = 0; part < PARTS; part++)
	{
		WriteRun(log, &runs[part], log->hashes + from, ends[part] - from);
		from = ends[part];
	}
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
	if (log->count == log->size)
		MakeRoom(log);
	log->hashes[log->count++] = hash;
}

static void
ReadHashes(HashLog *log, uint64 *hashes, int64 count)
{
	Size		bytes = count * sizeof(uint64);
	Size		nread = BufFileRead(log->file, hashes, bytes);

	if (nread != bytes)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from a temporary file of hashes: read only %zu of %zu bytes",
						nread, bytes)));
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
		if (BufFileSeek(log->file, run->fileno, run->offset, SEEK_SET) != 0)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not seek in a temporary file of hashes: %m")));
		ReadHashes(log, log->hashes + log->count, run->count);
		log->count += run->count;
	}
	(void) Reduce(log, log->hashes, log->count, FIRST_SHIFT - PART_BITS);
}

static void
ReduceFile(HashLog *log)
{
	Spill(log);
	for (int part = 0; part < PARTS && !log->too_many; part++)
		ReducePart(log, part);
	BufFileClose(log->file);
}

bool
HashLogRepeated(HashLog *log, uint64 **repeated, int64 *count)
{
	if (log->file != NULL)
		ReduceFile(log);
	else
		(void) Reduce(log, log->hashes, log->count, FIRST_SHIFT);
	pfree(log->hashes);
	*repeated = log->repeated;
	*count = log->nrepeated;
	return !log->too_many;
}
