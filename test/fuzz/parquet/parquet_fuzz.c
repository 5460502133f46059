/*
 * parquet_fuzz.c
 *	  Any bytes at all: the Parquet reader returns values within the file's bytes and its own memory, or fails.
 *
 * Every value of every column is touched, so that the sanitizers see where it is. No allocation may be much
 * larger than the limit of memory, whatever a file says of itself.
 */
#include "postgres.h"

#include <setjmp.h>

#include "parquet/parquet_fail.h"
#include "parquet/parquet_read_column.h"
#include "parquet/parquet_read_footer.h"
#include "parquet/parquet_read_index.h"

#define MEMORY ((size_t) 1 << 20)
#define MOST_MEMORY (MEMORY * 40)	/* of one allocation: what a dictionary needs of small values */
#define MOST_ENTRIES 20000		/* of a column that are read */
#define MOST_LEAVES 40

/* ---- memory ---- */

typedef struct Piece
{
	struct Piece *next;
	struct Piece **before;
	void	   *padding[2];		/* what follows is aligned as malloc does */
} Piece;

struct WatchedContext
{
	Piece	   *pieces;
	struct WatchedContext *other;	/* all contexts of an input */
};

static struct WatchedContext top;
MemoryContext CurrentMemoryContext = &top;
static jmp_buf failed;

void *
palloc(size_t size)
{
	Piece	   *piece;

	if (size > MOST_MEMORY)
	{
		fprintf(stderr, "broken: an allocation of %zu bytes\n", size);
		abort();
	}
	piece = malloc(sizeof(Piece) + size);
	if (piece == NULL)
		abort();
	piece->next = CurrentMemoryContext->pieces;
	piece->before = &CurrentMemoryContext->pieces;
	if (piece->next != NULL)
		piece->next->before = &piece->next;
	CurrentMemoryContext->pieces = piece;
	return piece + 1;
}

void *
palloc0(size_t size)
{
	return memset(palloc(size), 0, size);
}

void
pfree(void *p)
{
	Piece	   *piece = (Piece *) p - 1;

	*piece->before = piece->next;
	if (piece->next != NULL)
		piece->next->before = piece->before;
	free(piece);
}

MemoryContext
MemoryContextSwitchTo(MemoryContext cxt)
{
	MemoryContext old = CurrentMemoryContext;

	CurrentMemoryContext = cxt;
	return old;
}

MemoryContext
WatchedContextCreate(void)
{
	MemoryContext cxt = calloc(1, sizeof(struct WatchedContext));

	cxt->other = top.other;
	top.other = cxt;
	return cxt;
}

void
MemoryContextReset(MemoryContext cxt)
{
	while (cxt->pieces != NULL)
		pfree(cxt->pieces + 1);
}

static void
FreeAll(void)
{
	CurrentMemoryContext = &top;
	while (top.other != NULL)
	{
		MemoryContext cxt = top.other;

		top.other = cxt->other;
		MemoryContextReset(cxt);
		free(cxt);
	}
	MemoryContextReset(&top);
}

/* ---- failures ---- */

void
ParquetFail(const char *format,...)
{
	char		text[1000];
	va_list		args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	longjmp(failed, 1);
}

void
ParquetRefuse(const char *format,...)
{
	char		text[1000];
	va_list		args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	longjmp(failed, 1);
}

void
ParquetFailMemory(const char *part, int64 bytes, size_t limit)
{
	longjmp(failed, 1);
}

void
ParquetFailTar(void)
{
	longjmp(failed, 1);
}

/* ---- reading ---- */

typedef struct Input
{
	const char *data;
	size_t		len;
} Input;

static void
ReadInput(void *state, char *buffer, size_t len, int64 offset)
{
	const Input *input = state;

	if (offset < 0 || (uint64) offset > input->len || len > input->len - offset)
	{
		fprintf(stderr, "broken: %zu bytes at %ld of a file of %zu\n", len, offset, input->len);
		abort();
	}
	memcpy(buffer, input->data + offset, len);
}

static volatile uint64 sum;

static void
Touch(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += (uint8) bytes[i];
}

static void
TouchValue(const ParquetArray *array, int i)
{
	Assert(i >= 0 && i < array->n);
	if (array->width > 0)
		Touch(array->fixed + (size_t) i * array->width, array->width);
	else
		Touch(array->bytes[i].data, array->bytes[i].len);
}

static void
TouchVector(const ParquetReader *column)
{
	const ParquetVector *vector = &column->vector;
	int			values = 0;

	for (int i = 0; i < column->n; i++)
	{
		Assert(column->leaf->rep_level == 0 || column->rep[i] <= column->leaf->rep_level);
		values += column->no_nulls || column->def[i] == column->leaf->def_level;
	}
	Assert(values == vector->n);
	for (int i = 0; i < vector->n; i++)
		if (vector->indexes != NULL)
			TouchValue(&vector->dictionary->values, vector->indexes[i]);
		else
			TouchValue(&vector->values, i);
}

static void
ReadColumn(ParquetReader *column)
{
	int			ready;

	for (int64 n = 0; n < MOST_ENTRIES && (ready = ParquetReaderReady(column)) > 0; n += column->n)
	{
		ParquetReaderRead(column, Min(ready, 1 + n % PARQUET_VECTOR));
		TouchVector(column);
	}
}

static void
TouchBounds(const ParquetBounds *bounds)
{
	Touch(bounds->min, bounds->min ? bounds->min_len : 0);
	Touch(bounds->max, bounds->max ? bounds->max_len : 0);
}

/* From the last page of the index to the first. */
static void
ReadByIndex(const ParquetFile *file, const ParquetChunk *chunk, int64 nrows, ParquetReader *column)
{
	ParquetPageIndex *index = ParquetReadPageIndex(file, chunk, nrows, true);

	if (index == NULL)
		return;
	ParquetReaderOpen(column, file, chunk);
	for (int i = Min(index->npages, 20) - 1; i >= 0; i--)
	{
		int			ready;

		TouchBounds(&index->pages[i].bounds);
		Assert(ParquetPageOfRow(index, index->pages[i].first_row) == &index->pages[i]);
		ParquetReaderSeek(column, index->pages[i].offset);
		ready = ParquetReaderReady(column);
		if (ready == 0)
			continue;
		ParquetReaderRead(column, Min(ready, PARQUET_VECTOR));
		TouchVector(column);
	}
}

static void
ReadFile(const ParquetFile *file)
{
	ParquetFooter *footer = ParquetReadFooter(file);
	int			n = Min(footer->schema.nleaves, MOST_LEAVES);
	int			leaves[MOST_LEAVES];
	ParquetChunk chunks[MOST_LEAVES];
	ParquetReader *columns = palloc0(sizeof(ParquetReader) * MOST_LEAVES);
	int64		nrows;

	for (int i = 0; i < n; i++)
	{
		leaves[i] = i;
		ParquetReaderInit(&columns[i], footer->schema.leaves[i], file->memory);
		Assert(ParquetFindNode(&footer->schema, columns[i].name) != NULL ||
			   footer->schema.leaves[i]->rep_level > 0 || columns[i].name[0] == '\0' ||
			   strstr(columns[i].name, ".") != NULL);
	}
	for (int group = 0; group < 20 && ParquetNextGroup(footer, &nrows, leaves, n, chunks); group++)
		for (int i = 0; i < n; i++)
		{
			TouchBounds(&chunks[i].bounds);
			ParquetReaderOpen(&columns[i], file, &chunks[i]);
			ReadColumn(&columns[i]);
			ReadByIndex(file, &chunks[i], nrows, &columns[i]);
		}
}

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Input		input = {(const char *) data, size};
	ParquetFile file = {size, ReadInput, &input, MEMORY};

	if (setjmp(failed) == 0)
		ReadFile(&file);
	FreeAll();
	return 0;
}
