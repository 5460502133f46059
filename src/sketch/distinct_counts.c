/*
 * distinct_counts.c
 *	  A sketch of distinct values that knows how many rows have them, so that rows can be taken out.
 *
 * A HyperLogLog keeps the longest run of zeros of each register, and does not know the next shorter one when
 * the row that led to it is removed. This sketch keeps every run that occurs in a register, with the number
 * of its rows.
 *
 * With few values, the registers are those of a sparse sketch, and there are as many as values; with more,
 * they are those of a dense one. The answer must depend only on the rows that are left, not on rows that were
 * there before. So it is the exact one whenever few dense registers are used, which both forms know. A
 * sketch that became dense cannot give the exact answer, so after many removals it gives none. Sparse
 * sketches are kept for longer than they answer exactly, which makes this rare.
 */
#include "base/compat.h"
#include "sketch/distinct_counts.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "sketch/registers.h"
#include "sketch/varint.h"

/* As many dense registers as about 3,000 values use. */
#define EXACT_REGISTERS	2750
#define SPARSE_LIMIT	6144

/* The first two bytes. */
#define FORMAT_VERSION	1
#define KIND_SPARSE		0
#define KIND_DENSE		1
#define HEADER_BYTES	2
#define ENTRY_BYTES		(2 * VARINT_BYTES)

/* A register and a run in it. */
typedef struct CountedWord
{
	uint32		word;
	char		status;
	int64		rows;
} CountedWord;

#define SH_PREFIX words
#define SH_ELEMENT_TYPE CountedWord
#define SH_KEY_TYPE uint32
#define SH_KEY word
#define SH_HASH_KEY(table, key) murmurhash32(key)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct DistinctCounts
{
	MemoryContext context;
	bool		is_dense;
	words_hash *words;
};

/* In ascending order. */
typedef struct WordList
{
	bool		is_dense;
	int			n;
	CountedWord *words;
} WordList;

/* ---- rows ---- */

DistinctCounts *
DistinctCountsCreate(MemoryContext context)
{
	DistinctCounts *counts = MemoryContextAllocZero(context, sizeof(DistinctCounts));

	counts->context = context;
	counts->words = words_create(context, 8, NULL);
	return counts;
}

static int64
AddRows(int64 rows, int64 more)
{
	if (pg_add_s64_overflow(rows, more, &rows) || rows == PG_INT64_MIN)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a sketch of distinct values counts more than 2^63 rows")));
	return rows;
}

static void
AddWord(DistinctCounts *counts, uint32 word, int64 rows)
{
	bool		found;
	CountedWord *entry = words_insert(counts->words, word, &found);

	entry->rows = AddRows(found ? entry->rows : 0, rows);
}

static uint32
DenseOf(uint32 word)
{
	return DenseWord(WordPlace(word), WordRun(word));
}

static void
MakeDense(DistinctCounts *counts)
{
	words_hash *sparse = counts->words;
	words_iterator i;
	CountedWord *entry;

	counts->words = words_create(counts->context, sparse->members, NULL);
	counts->is_dense = true;
	words_start_iterate(sparse, &i);
	while ((entry = words_iterate(sparse, &i)) != NULL)
		AddWord(counts, DenseOf(entry->word), entry->rows);
	words_destroy(sparse);
}

/* Of a sparse sketch. */
static void
AddSparse(DistinctCounts *counts, uint32 word, int64 rows)
{
	AddWord(counts, counts->is_dense ? DenseOf(word) : word, rows);
	if (!counts->is_dense && counts->words->members > SPARSE_LIMIT)
		MakeDense(counts);
}

void
DistinctCountsAdd(DistinctCounts *counts, uint64 hash, int64 rows)
{
	if (counts->is_dense)
		AddWord(counts, HashWord(hash, DENSE_BITS), rows);
	else
		AddSparse(counts, HashWord(hash, SPARSE_BITS), rows);
}

static void
AddWordOf(DistinctCounts *counts, bool is_dense, uint32 word, int64 rows)
{
	if (is_dense && !counts->is_dense)
		MakeDense(counts);
	if (is_dense)
		AddWord(counts, word, rows);
	else
		AddSparse(counts, word, rows);
}

void
DistinctCountsMerge(DistinctCounts *counts, const DistinctCounts *other)
{
	words_iterator i;
	CountedWord *entry;

	words_start_iterate(other->words, &i);
	while ((entry = words_iterate(other->words, &i)) != NULL)
		AddWordOf(counts, other->is_dense, entry->word, entry->rows);
}

/* ---- bytes ---- */

/* Reads the words of bytes, one after the other. */
typedef struct WordReader
{
	const unsigned char *bytes;
	size_t		len;
	bool		is_dense;
	uint32		word;
	int64		rows;
} WordReader;

static WordReader
ReadWords(const unsigned char *bytes, size_t len)
{
	WordReader	reader = {bytes + HEADER_BYTES, len - HEADER_BYTES, bytes[1] == KIND_DENSE, 0, 0};

	return reader;
}

/*
 * The distance from the word before, doubled, and one more when the number of rows follows because it is
 * not 1. False at the end, and where no word can be read.
 */
static bool
NextWord(WordReader *reader)
{
	uint64		distance;
	uint64		rows = 0;
	int			used = GetVarint(reader->bytes, reader->len, &distance);
	int			used_too = 0;

	if (used == 0 || distance / 2 == 0 || distance / 2 > PG_UINT32_MAX - reader->word)
		return false;
	if (distance & 1)
	{
		used_too = GetVarint(reader->bytes + used, reader->len - used, &rows);
		if (used_too == 0 || rows == 0 || rows == ZigZag(1) || rows == ZigZag(PG_INT64_MIN))
			return false;
	}
	reader->word += distance / 2;
	reader->rows = used_too > 0 ? UnZigZag(rows) : 1;
	reader->bytes += used + used_too;
	reader->len -= used + used_too;
	return true;
}

static bytea *
BytesOf(const WordList *list)
{
	bytea	   *result = palloc(VARHDRSZ + HEADER_BYTES + (size_t) list->n * ENTRY_BYTES);
	unsigned char *bytes = (unsigned char *) VARDATA(result);
	size_t		size = HEADER_BYTES;
	uint32		before = 0;

	bytes[0] = FORMAT_VERSION;
	bytes[1] = list->is_dense ? KIND_DENSE : KIND_SPARSE;
	for (int i = 0; i < list->n; i++)
	{
		const CountedWord *entry = &list->words[i];
		bool		is_one = entry->rows == 1;

		size += PutVarint(bytes + size, (uint64) (entry->word - before) << 1 | (is_one ? 0 : 1));
		if (!is_one)
			size += PutVarint(bytes + size, ZigZag(entry->rows));
		before = entry->word;
	}
	SET_VARSIZE(result, VARHDRSZ + size);
	return result;
}

static int
CompareWords(const void *a, const void *b)
{
	uint32		left = ((const CountedWord *) a)->word;
	uint32		right = ((const CountedWord *) b)->word;

	return left < right ? -1 : left > right;
}

bytea *
DistinctCountsBytes(const DistinctCounts *counts)
{
	WordList	list = {counts->is_dense, 0, NULL};
	words_iterator i;
	CountedWord *entry;

	list.words = palloc(sizeof(CountedWord) * ((size_t) counts->words->members + 1));
	words_start_iterate(counts->words, &i);
	while ((entry = words_iterate(counts->words, &i)) != NULL)
	{
		if (entry->rows != 0)
			list.words[list.n++] = *entry;
	}
	qsort(list.words, list.n, sizeof(CountedWord), CompareWords);
	return BytesOf(&list);
}

static bool
WordIsPossible(const WordReader *reader)
{
	int			longest = reader->is_dense ? LONGEST_DENSE : LONGEST_SPARSE;

	return WordRun(reader->word) >= 1 && WordRun(reader->word) <= longest &&
		(!reader->is_dense || WordPlace(reader->word) < REGISTERS);
}

const char *
DistinctCountsFault(const unsigned char *bytes, size_t len)
{
	WordReader	reader;

	if (len < HEADER_BYTES || bytes[0] != FORMAT_VERSION)
		return "The first byte is not a known version of the format.";
	if (bytes[1] != KIND_SPARSE && bytes[1] != KIND_DENSE)
		return "The second byte is not a kind of sketch.";
	reader = ReadWords(bytes, len);
	while (NextWord(&reader))
	{
		if (!WordIsPossible(&reader))
			return "A register has a value that no hash leads to.";
	}
	return reader.len == 0 ? NULL : "A register cannot be read.";
}

void
DistinctCountsMergeBytes(DistinctCounts *counts, const unsigned char *bytes, size_t len)
{
	WordReader	reader = ReadWords(bytes, len);

	while (NextWord(&reader))
		AddWordOf(counts, reader.is_dense, reader.word, reader.rows);
}

/* ---- sums ---- */

/* A word has one byte at least. */
static WordList
ListOf(const unsigned char *bytes, size_t len)
{
	WordReader	reader = ReadWords(bytes, len);
	WordList	list = {reader.is_dense, 0, NULL};

	list.words = palloc(sizeof(CountedWord) * len);
	while (NextWord(&reader))
	{
		list.words[list.n].word = reader.word;
		list.words[list.n++].rows = reader.rows;
	}
	return list;
}

static void
MakeListDense(WordList *list)
{
	int			n = 0;

	if (list->is_dense)
		return;
	list->is_dense = true;
	for (int i = 0; i < list->n; i++)
		list->words[i].word = DenseOf(list->words[i].word);
	qsort(list->words, list->n, sizeof(CountedWord), CompareWords);
	for (int i = 0; i < list->n; i++)
	{
		if (n > 0 && list->words[n - 1].word == list->words[i].word)
			list->words[n - 1].rows = AddRows(list->words[n - 1].rows, list->words[i].rows);
		else
			list->words[n++] = list->words[i];
	}
	list->n = n;
}

/* Of lists of the same kind; without words of which no rows are left. */
static WordList
SumOf(const WordList *left, const WordList *right)
{
	WordList	sum = {left->is_dense, 0, NULL};
	int			l = 0;
	int			r = 0;

	sum.words = palloc(sizeof(CountedWord) * ((size_t) left->n + right->n + 1));
	while (l < left->n || r < right->n)
	{
		CountedWord *next = &sum.words[sum.n];

		if (r == right->n || (l < left->n && left->words[l].word < right->words[r].word))
			*next = left->words[l++];
		else if (l == left->n || right->words[r].word < left->words[l].word)
			*next = right->words[r++];
		else
		{
			*next = left->words[l++];
			next->rows = AddRows(next->rows, right->words[r++].rows);
		}
		if (next->rows != 0)
			sum.n++;
	}
	return sum;
}

bytea *
DistinctBytesSum(const unsigned char *left, size_t left_len, const unsigned char *right,
				 size_t right_len)
{
	WordList	lists[2] = {ListOf(left, left_len), ListOf(right, right_len)};
	WordList	sum;

	if (lists[0].is_dense || lists[1].is_dense)
	{
		MakeListDense(&lists[0]);
		MakeListDense(&lists[1]);
	}
	sum = SumOf(&lists[0], &lists[1]);
	if (sum.n > SPARSE_LIMIT)
		MakeListDense(&sum);
	return BytesOf(&sum);
}

bool
DistinctBytesAreEmpty(size_t len)
{
	return len == HEADER_BYTES;
}

/* ---- answers ---- */

static int
UsedRegisters(const uint8 *registers)
{
	int			used = 0;

	for (int i = 0; i < REGISTERS; i++)
		used += registers[i] != 0;
	return used;
}

bool
DistinctBytesCount(const unsigned char *bytes, size_t len, double *count)
{
	WordReader	reader = ReadWords(bytes, len);
	uint8		registers[REGISTERS] = {0};
	uint32		places = 0;
	uint32		before = 0;

	while (NextWord(&reader))
	{
		uint32		word = reader.is_dense ? reader.word : DenseOf(reader.word);
		uint8		run = WordRun(word);
		uint8	   *raised = &registers[WordPlace(word)];

		if (reader.rows < 0)
			return false;
		*raised = Max(*raised, run);
		/* a word is never 0, since its run is at least 1 */
		places += before == 0 || WordPlace(reader.word) != WordPlace(before);
		before = reader.word;
	}
	if (UsedRegisters(registers) > EXACT_REGISTERS)
		*count = RegistersCount(registers);
	else if (!reader.is_dense || places == 0)
		*count = SparseRegistersCount(places);
	else
		return false;
	return true;
}

int64
DistinctBytesRows(const unsigned char *bytes, size_t len)
{
	WordReader	reader = ReadWords(bytes, len);
	int64		rows = 0;

	while (NextWord(&reader))
		rows = AddRows(rows, reader.rows);
	return rows;
}
