/*
 * parquet_read_footer.c
 *	  The footer of a Parquet file that is read: its schema, and where the columns of its row groups are.
 *
 * Row groups are decoded one at a time and only for the columns that are wanted, so that memory does not
 * depend on how many there are.
 */
#include "postgres.h"

#include "parquet/parquet_read_footer.h"

#include "parquet/parquet_fail.h"
#include "parquet/parquet_read_number.h"

#define TAR_BLOCK 512
#define TAR_MAGIC_AT 257
#define MAX_FOOTER ((int64) 256 * 1024 * 1024)

static void
CheckHealth(const ThriftReader *r)
{
	if (ThriftFailed(r))
		ParquetFail("its footer is damaged%s%s", r->fault ? ": " : "", r->fault ? r->fault : "");
}

/* ---- where it is ---- */

static bool
IsTar(const ParquetFile *file)
{
	char		magic[5];

	if (file->size < TAR_BLOCK)
		return false;
	file->read(file->state, magic, sizeof(magic), TAR_MAGIC_AT);
	return memcmp(magic, "ustar", sizeof(magic)) == 0;
}

static int64
FooterLength(const ParquetFile *file)
{
	char		tail[PARQUET_TAIL_SIZE];
	const char *magic = tail + 4;
	int64		len;

	if (file->size < PARQUET_MAGIC_SIZE + PARQUET_TAIL_SIZE)
		ParquetFail("it has " INT64_FORMAT " bytes", file->size);
	file->read(file->state, tail, sizeof(tail), file->size - sizeof(tail));
	if (memcmp(magic, PARQUET_ENCRYPTED_MAGIC, PARQUET_MAGIC_SIZE) == 0)
		ParquetRefuse("encrypted footer");
	if (memcmp(magic, PARQUET_MAGIC, PARQUET_MAGIC_SIZE) != 0 && IsTar(file))
		ParquetFailTar();
	if (memcmp(magic, PARQUET_MAGIC, PARQUET_MAGIC_SIZE) != 0)
		ParquetFail("it does not end with \"%s\"", PARQUET_MAGIC);
	len = Little32(tail);
	if (len > file->size - PARQUET_MAGIC_SIZE - PARQUET_TAIL_SIZE)
		ParquetFail("its footer of " INT64_FORMAT " bytes does not fit into " INT64_FORMAT " bytes", len,
					file->size);
	if (len > Max(MAX_FOOTER, (int64) file->memory))
		ParquetFailMemory("footer", len, Max(MAX_FOOTER, file->memory));
	return len;
}

/* ---- the order of bounds ---- */

/* Of a leaf: a union, of which only the first choice is known. */
static bool
ReadOrder(ThriftReader *r)
{
	ThriftField field = {0};
	bool		known = false;

	while (ThriftReadField(r, &field))
	{
		known = field.id == 1;
		ThriftReadPast(r, &field);
	}
	return known;
}

static bool *
ReadOrders(ThriftReader *r, const ThriftField *field, int *n)
{
	bool	   *orders;

	*n = ThriftReadList(r, field, THRIFT_STRUCT);
	orders = palloc0(Max(*n, 1));
	for (int i = 0; i < *n && !ThriftFailed(r); i++)
		orders[i] = ReadOrder(r);
	return orders;
}

/* ---- the footer ---- */

static void
SkipGroups(ThriftReader *r, const ThriftField *list, ParquetFooter *footer)
{
	ThriftField field = {0, THRIFT_STRUCT};

	footer->ngroups = ThriftReadList(r, list, THRIFT_STRUCT);
	footer->next = *r;
	for (int i = 0; i < footer->ngroups && !ThriftFailed(r); i++)
		ThriftReadPast(r, &field);
}

static void
ReadFields(ThriftReader *r, ParquetFooter *footer, int *norders)
{
	ThriftField field = {0};
	bool		found = false;

	while (ThriftReadField(r, &field))
	{
		switch (field.id)
		{
			case 2:
				if (found)
					ParquetFail("it has two schemas");
				ParquetReadSchema(r, &field, &footer->schema);
				found = true;
				break;
			case 3:
				footer->nrows = ThriftReadInt(r, &field);
				break;
			case 4:
				SkipGroups(r, &field, footer);
				break;
			case 7:
				footer->ordered = ReadOrders(r, &field, norders);
				break;
			default:
				ThriftReadPast(r, &field);
		}
	}
	CheckHealth(r);
	if (!found)
		ParquetFail("its footer has no schema");
}

ParquetFooter *
ParquetReadFooter(const ParquetFile *file)
{
	ParquetFooter *footer = palloc0(sizeof(ParquetFooter));
	int64		len = FooterLength(file);
	char	   *bytes = palloc(Max(len, 1));
	int			norders = 0;
	ThriftReader r;

	footer->start = file->size - PARQUET_TAIL_SIZE - len;
	file->read(file->state, bytes, len, footer->start);
	ThriftReadBegin(&r, bytes, len);
	ReadFields(&r, footer, &norders);
	if (norders < footer->schema.nleaves)
		footer->ordered = palloc0(Max(footer->schema.nleaves, 1));
	return footer;
}

/* ---- row groups ---- */

/* What bounds of a chunk say; those of the old fields were in the order of signed numbers. */
typedef struct OldBounds
{
	const char *min;
	size_t		min_len;
	const char *max;
	size_t		max_len;
} OldBounds;

static void
ReadStatistics(ThriftReader *r, const ThriftField *outer, ParquetBounds *b, OldBounds *old)
{
	ThriftField field = {0};

	ThriftReadStruct(r, outer);
	while (ThriftReadField(r, &field))
	{
		switch (field.id)
		{
			case 1:
				old->max = ThriftReadBytes(r, &field, &old->max_len);
				break;
			case 2:
				old->min = ThriftReadBytes(r, &field, &old->min_len);
				break;
			case 3:
				b->nulls = ThriftReadInt(r, &field);
				break;
			case 5:
				b->max = ThriftReadBytes(r, &field, &b->max_len);
				break;
			case 6:
				b->min = ThriftReadBytes(r, &field, &b->min_len);
				break;
			default:
				ThriftReadPast(r, &field);
		}
	}
}

/* A chunk as it is in the footer. */
typedef struct ChunkFields
{
	int32		type;
	bool		encrypted;
	bool		elsewhere;		/* in another file */
	bool		has_metadata;
	int64		dictionary;		/* offset; 0: none */
	OldBounds	old;
} ChunkFields;

static void
ReadMetadata(ThriftReader *r, const ThriftField *outer, ParquetChunk *chunk, ChunkFields *fields)
{
	ThriftField field = {0};

	ThriftReadStruct(r, outer);
	fields->has_metadata = true;
	while (ThriftReadField(r, &field))
	{
		switch (field.id)
		{
			case 1:
				fields->type = ThriftReadInt32(r, &field);
				break;
			case 4:
				chunk->codec = ThriftReadInt32(r, &field);
				break;
			case 5:
				chunk->nvalues = ThriftReadInt(r, &field);
				break;
			case 7:
				chunk->len = ThriftReadInt(r, &field);
				break;
			case 9:
				chunk->first_page = ThriftReadInt(r, &field);
				break;
			case 11:
				fields->dictionary = ThriftReadInt(r, &field);
				break;
			case 12:
				ReadStatistics(r, &field, &chunk->bounds, &fields->old);
				break;
			default:
				ThriftReadPast(r, &field);
		}
	}
}

static void
ReadChunk(ThriftReader *r, ParquetChunk *chunk, ChunkFields *fields)
{
	ThriftField field = {0};
	size_t		len;

	while (ThriftReadField(r, &field))
	{
		switch (field.id)
		{
			case 1:
				(void) ThriftReadBytes(r, &field, &len);
				fields->elsewhere = len > 0;
				break;
			case 3:
				ReadMetadata(r, &field, chunk, fields);
				break;
			case 4:
				chunk->offset_index = ThriftReadInt(r, &field);
				break;
			case 5:
				chunk->offset_index_len = ThriftReadInt32(r, &field);
				break;
			case 6:
				chunk->column_index = ThriftReadInt(r, &field);
				break;
			case 7:
				chunk->column_index_len = ThriftReadInt32(r, &field);
				break;
			case 8:
			case 9:
				fields->encrypted = true;
				ThriftReadPast(r, &field);
				break;
			default:
				ThriftReadPast(r, &field);
		}
	}
}

/* Are bounds by signed number also bounds of what the leaf means? */
static bool
IsSignedNumber(const ParquetNode *leaf)
{
	return leaf->type != PARQUET_INT96 && leaf->type != PARQUET_BOOLEAN && leaf->width > 0 &&
		leaf->type != PARQUET_FIXED_LEN_BYTE_ARRAY && leaf->meaning != PARQUET_MEANS_UNSIGNED;
}

static void
ChooseBounds(const ParquetNode *leaf, bool ordered, ParquetBounds *b, const OldBounds *old)
{
	if (!ordered)
		b->min = b->max = NULL;
	if (b->min != NULL || b->max != NULL || !IsSignedNumber(leaf))
		return;
	b->min = old->min;
	b->min_len = old->min_len;
	b->max = old->max;
	b->max_len = old->max_len;
}

/* Does a part of the file lie where it can? Then its offset and length can be added. */
static bool
IsInFile(const ParquetFooter *footer, int64 start, int64 len)
{
	return start >= PARQUET_MAGIC_SIZE && len >= 0 && start <= footer->start && len <= footer->start - start;
}

static void
CheckChunk(const ParquetFooter *footer, const ParquetNode *leaf, ParquetChunk *chunk,
		   const ChunkFields *fields)
{
	static const ChunkFields nowhere = {0};

	if (fields->encrypted)
		ParquetRefuse("encrypted column \"%s\"", ParquetNodePath(leaf));
	if (fields->elsewhere)
		ParquetRefuse("column \"%s\" in another file", ParquetNodePath(leaf));
	if (!fields->has_metadata)
		ParquetFail("a row group lacks the metadata of column \"%s\"", ParquetNodePath(leaf));
	if (fields->type != (int32) leaf->type)
		ParquetFail("column \"%s\" has another type in a row group than in the schema",
					ParquetNodePath(leaf));
	if (chunk->nvalues == 0)	/* then it may be anywhere */
	{
		chunk->first_page = PARQUET_MAGIC_SIZE;
		chunk->len = 0;
		fields = &nowhere;
	}
	chunk->start = chunk->first_page;
	if (fields->dictionary > 0 && fields->dictionary < chunk->first_page)
		chunk->start = fields->dictionary;
	if (chunk->nvalues < 0 || !IsInFile(footer, chunk->start, chunk->len) ||
		chunk->first_page - chunk->start > chunk->len)
		ParquetFail("column \"%s\" is not where the footer says", ParquetNodePath(leaf));
	if (!IsInFile(footer, chunk->column_index, chunk->column_index_len))
		chunk->column_index = 0;
	if (!IsInFile(footer, chunk->offset_index, chunk->offset_index_len))
		chunk->offset_index = 0;
}

static void
ReadChunks(ThriftReader *r, const ThriftField *list, ParquetFooter *footer, const int *leaves, int nleaves,
		   ParquetChunk *chunks)
{
	ThriftField field = {0, THRIFT_STRUCT};
	int			n = ThriftReadList(r, list, THRIFT_STRUCT);
	int			next = 0;

	if (n != footer->schema.nleaves)
		ParquetFail("a row group has %d columns, but the schema has %d", n, footer->schema.nleaves);
	for (int i = 0; i < n && !ThriftFailed(r); i++)
	{
		ParquetChunk *chunk = &chunks[next];
		ChunkFields fields = {-1};

		if (next == nleaves || leaves[next] != i)
		{
			ThriftReadPast(r, &field);
			continue;
		}
		memset(chunk, 0, sizeof(*chunk));
		chunk->bounds.nulls = -1;
		ReadChunk(r, chunk, &fields);
		CheckHealth(r);
		CheckChunk(footer, footer->schema.leaves[i], chunk, &fields);
		chunk->ordered = footer->ordered[i];
		ChooseBounds(footer->schema.leaves[i], footer->ordered[i], &chunk->bounds, &fields.old);
		next++;
	}
}

bool
ParquetNextGroup(ParquetFooter *footer, int64 *nrows, const int *leaves, int nleaves, ParquetChunk *chunks)
{
	ThriftReader *r = &footer->next;
	ThriftField field = {0};
	bool		found = false;

	if (footer->ngiven == footer->ngroups)
		return false;
	footer->ngiven++;
	*nrows = -1;
	while (ThriftReadField(r, &field))
	{
		if (field.id == 1 && !found)
		{
			ReadChunks(r, &field, footer, leaves, nleaves, chunks);
			found = true;
		}
		else if (field.id == 3)
			*nrows = ThriftReadInt(r, &field);
		else
			ThriftReadPast(r, &field);
	}
	CheckHealth(r);
	if (!found || *nrows < 0)
		ParquetFail("a row group has no columns or no number of rows");
	return true;
}
