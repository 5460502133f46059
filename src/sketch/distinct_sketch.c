/*
 * distinct_sketch.c
 *	  HyperLogLog: about how many different values a set has, in 12 kB at most.
 *
 * The first bits of a hash choose a register, which keeps the longest run of zeros seen behind them.
 * A sparse sketch does this with 67 million registers, of which it lists those that are not zero; every
 * register of a dense one follows from them, so that it makes no difference when a sketch becomes dense.
 */
#include "base/compat.h"
#include "sketch/distinct_sketch.h"

#include "sketch/registers.h"

#define DENSE_BYTES		(REGISTERS / 4 * 3)

/* Beyond these a dense sketch is smaller. */
#define SPARSE_LIMIT	(DENSE_BYTES / 4)

/* The first two bytes. */
#define FORMAT_VERSION	1
#define KIND_SPARSE		0
#define KIND_DENSE		1
#define HEADER_BYTES	2

/* A register of a sparse sketch that is not zero. */
typedef struct SparseRegister
{
	uint32		place;
	uint8		run;
	char		status;
} SparseRegister;

#define SH_PREFIX sparse
#define SH_ELEMENT_TYPE SparseRegister
#define SH_KEY_TYPE uint32
#define SH_KEY place
#define SH_HASH_KEY(table, key) (key)	/* the place is bits of a hash */
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct DistinctSketch
{
	MemoryContext context;
	sparse_hash *sparse;		/* until it is dense */
	uint8	   *registers;		/* from then on */
};

DistinctSketch *
DistinctSketchCreate(MemoryContext context)
{
	DistinctSketch *sketch = MemoryContextAllocZero(context, sizeof(DistinctSketch));

	sketch->context = context;
	sketch->sparse = sparse_create(context, 8, NULL);
	return sketch;
}

static inline void
RaiseRegister(uint8 *registers, uint32 place, uint8 run)
{
	uint32		word = DenseWord(place, run);
	uint8		dense_run = WordRun(word);
	uint8	   *raised = &registers[WordPlace(word)];

	*raised = Max(*raised, dense_run);
}

static void
MakeDense(DistinctSketch *sketch)
{
	sparse_iterator i;
	SparseRegister *entry;

	sketch->registers = MemoryContextAllocZero(sketch->context, REGISTERS);
	sparse_start_iterate(sketch->sparse, &i);
	while ((entry = sparse_iterate(sketch->sparse, &i)) != NULL)
		RaiseRegister(sketch->registers, entry->place, entry->run);
	sparse_destroy(sketch->sparse);
	sketch->sparse = NULL;
}

static void
AddSparse(DistinctSketch *sketch, uint32 place, uint8 run)
{
	SparseRegister *entry;
	bool		found;

	if (sketch->sparse == NULL)
	{
		RaiseRegister(sketch->registers, place, run);
		return;
	}
	entry = sparse_insert(sketch->sparse, place, &found);
	entry->run = found ? Max(entry->run, run) : run;
	if (sketch->sparse->members > SPARSE_LIMIT)
		MakeDense(sketch);
}

void
DistinctSketchAdd(DistinctSketch *sketch, uint64 hash)
{
	uint8		run;
	uint8	   *raised;

	if (sketch->sparse != NULL)
	{
		AddSparse(sketch, hash >> (64 - SPARSE_BITS), RunBehind(hash, SPARSE_BITS));
		return;
	}
	run = RunBehind(hash, DENSE_BITS);
	raised = &sketch->registers[hash >> (64 - DENSE_BITS)];
	*raised = Max(*raised, run);
}

static void
RaiseAll(DistinctSketch *sketch, const uint8 *registers)
{
	if (sketch->sparse != NULL)
		MakeDense(sketch);
	for (int i = 0; i < REGISTERS; i++)
		sketch->registers[i] = Max(sketch->registers[i], registers[i]);
}

void
DistinctSketchMerge(DistinctSketch *sketch, const DistinctSketch *other)
{
	sparse_iterator i;
	SparseRegister *entry;

	if (other->sparse == NULL)
	{
		RaiseAll(sketch, other->registers);
		return;
	}
	sparse_start_iterate(other->sparse, &i);
	while ((entry = sparse_iterate(other->sparse, &i)) != NULL)
		AddSparse(sketch, entry->place, entry->run);
}

/* Four registers are three bytes, the first in the lowest bits. */
static void
Pack(unsigned char *bytes, const uint8 *registers)
{
	for (int i = 0; i < REGISTERS; i += 4, bytes += 3)
	{
		uint32		four = registers[i] | registers[i + 1] << 6 | registers[i + 2] << 12 |
			registers[i + 3] << 18;

		bytes[0] = four;
		bytes[1] = four >> 8;
		bytes[2] = four >> 16;
	}
}

static void
Unpack(uint8 *registers, const unsigned char *bytes)
{
	for (int i = 0; i < REGISTERS; i += 4, bytes += 3)
	{
		uint32		four = bytes[0] | bytes[1] << 8 | bytes[2] << 16;

		registers[i] = four & 63;
		registers[i + 1] = (four >> 6) & 63;
		registers[i + 2] = (four >> 12) & 63;
		registers[i + 3] = four >> 18;
	}
}

/* A register of a sparse sketch in four bytes, the lowest first. */
static inline void
PutSparse(unsigned char *bytes, uint32 word)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = word >> (8 * i);
}

static inline uint32
GetSparse(const unsigned char *bytes)
{
	return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32) bytes[3] << 24;
}

static int
CompareWords(const void *a, const void *b)
{
	uint32		left = *(const uint32 *) a;
	uint32		right = *(const uint32 *) b;

	return left < right ? -1 : left > right;
}

/* The registers in ascending order of place. */
static void
PackSparse(unsigned char *bytes, sparse_hash * sparse)
{
	uint32	   *words = palloc(sizeof(uint32) * Max(sparse->members, 1));
	sparse_iterator i;
	SparseRegister *entry;
	int			n = 0;

	sparse_start_iterate(sparse, &i);
	while ((entry = sparse_iterate(sparse, &i)) != NULL)
		words[n++] = WordOf(entry->place, entry->run);
	qsort(words, n, sizeof(uint32), CompareWords);
	for (int w = 0; w < n; w++)
		PutSparse(bytes + 4 * w, words[w]);
	pfree(words);
}

bytea *
DistinctSketchBytes(const DistinctSketch *sketch)
{
	size_t		size = HEADER_BYTES +
		(sketch->sparse != NULL ? 4 * sketch->sparse->members : DENSE_BYTES);
	bytea	   *result = palloc(VARHDRSZ + size);
	unsigned char *bytes = (unsigned char *) VARDATA(result);

	SET_VARSIZE(result, VARHDRSZ + size);
	bytes[0] = FORMAT_VERSION;
	bytes[1] = sketch->sparse != NULL ? KIND_SPARSE : KIND_DENSE;
	if (sketch->sparse != NULL)
		PackSparse(bytes + HEADER_BYTES, sketch->sparse);
	else
		Pack(bytes + HEADER_BYTES, sketch->registers);
	return result;
}

static const char *
SparseFault(const unsigned char *bytes, size_t len)
{
	uint32		last = 0;

	if (len % 4 != 0 || len / 4 > SPARSE_LIMIT)
		return "The number of bytes is not that of a list of registers.";
	for (size_t i = 0; i < len; i += 4)
	{
		uint32		word = GetSparse(bytes + i);

		if (i > 0 && WordPlace(word) <= WordPlace(last))
			return "The registers are not in ascending order.";
		if (WordRun(word) < 1 || WordRun(word) > LONGEST_SPARSE)
			return "A register has a value that no hash leads to.";
		last = word;
	}
	return NULL;
}

static const char *
DenseFault(const unsigned char *bytes, size_t len)
{
	uint8		registers[REGISTERS];

	if (len != DENSE_BYTES)
		return "The number of bytes is not that of all registers.";
	Unpack(registers, bytes);
	for (int i = 0; i < REGISTERS; i++)
	{
		if (registers[i] > LONGEST_DENSE)
			return "A register has a value that no hash leads to.";
	}
	return NULL;
}

const char *
DistinctSketchFault(const unsigned char *bytes, size_t len)
{
	if (len < HEADER_BYTES || bytes[0] != FORMAT_VERSION)
		return "The first byte is not a known version of the format.";
	if (bytes[1] == KIND_SPARSE)
		return SparseFault(bytes + HEADER_BYTES, len - HEADER_BYTES);
	if (bytes[1] == KIND_DENSE)
		return DenseFault(bytes + HEADER_BYTES, len - HEADER_BYTES);
	return "The second byte is not a kind of sketch.";
}

void
DistinctSketchMergeBytes(DistinctSketch *sketch, const unsigned char *bytes, size_t len)
{
	if (bytes[1] == KIND_DENSE)
	{
		uint8		registers[REGISTERS];

		Unpack(registers, bytes + HEADER_BYTES);
		RaiseAll(sketch, registers);
		return;
	}
	for (size_t i = HEADER_BYTES; i + 4 <= len; i += 4)
	{
		uint32		word = GetSparse(bytes + i);

		AddSparse(sketch, WordPlace(word), WordRun(word));
	}
}

double
DistinctSketchCount(const DistinctSketch *sketch)
{
	return sketch->sparse != NULL ? SparseRegistersCount(sketch->sparse->members) :
		RegistersCount(sketch->registers);
}
