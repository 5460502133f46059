/*
 * parquet_read_values.c
 *	  Decode the values of a page, a vector at a time.
 */
#include "postgres.h"

#include "parquet/parquet_read_values.h"

#include "parquet/parquet_fail.h"
#include "parquet/parquet_read_number.h"

ParquetValues *
ParquetValuesCreate(const ParquetNode *leaf, const char *column, size_t memory)
{
	ParquetValues *v = palloc0(sizeof(ParquetValues));

	v->leaf = leaf;
	v->column = column;
	v->memory = memory;
	v->indexes = palloc(PARQUET_VECTOR * sizeof(uint32));
	if (leaf->width == 0)
		v->bytes = palloc(PARQUET_VECTOR * sizeof(ParquetBytes));
	else if (leaf->type != PARQUET_FIXED_LEN_BYTE_ARRAY)
		v->fixed = palloc(PARQUET_VECTOR * Max(leaf->width, sizeof(int64)));
	return v;
}

pg_attribute_noreturn()
static void
FailTooFew(const ParquetValues *v)
{
	ParquetFail("a page of column \"%s\" has fewer values than its header says", v->column);
}

static void
RefuseEncoding(const ParquetValues *v, ParquetEncoding encoding)
{
	static const char *const names[] = {
		"PLAIN", "GROUP_VAR_INT", "PLAIN_DICTIONARY", "RLE", "BIT_PACKED", "DELTA_BINARY_PACKED",
		"DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT"
	};

	if ((int) encoding < 0 || encoding >= lengthof(names))
		ParquetRefuse("encoding %d of column \"%s\"", encoding, v->column);
	ParquetRefuse("encoding %s for values of column \"%s\"", names[encoding], v->column);
}

/* ---- opening a page ---- */

static bool
IsInteger(const ParquetNode *leaf)
{
	return leaf->type == PARQUET_INT32 || leaf->type == PARQUET_INT64;
}

static bool
IsBytes(const ParquetNode *leaf)
{
	return leaf->type == PARQUET_BYTE_ARRAY || leaf->type == PARQUET_FIXED_LEN_BYTE_ARRAY;
}

/* BIT_PACKED is for levels only. */
static bool
FitsLeaf(const ParquetNode *leaf, ParquetEncoding encoding)
{
	switch (encoding)
	{
		case PARQUET_PLAIN:
		case PARQUET_PLAIN_DICTIONARY:
		case PARQUET_RLE_DICTIONARY:
			return true;
		case PARQUET_RLE:
			return leaf->type == PARQUET_BOOLEAN;
		case PARQUET_DELTA_BINARY_PACKED:
			return IsInteger(leaf);
		case PARQUET_DELTA_LENGTH_BYTE_ARRAY:
			return leaf->type == PARQUET_BYTE_ARRAY;
		case PARQUET_DELTA_BYTE_ARRAY:
			return IsBytes(leaf);
		case PARQUET_BYTE_STREAM_SPLIT:
			return leaf->width > 0 && leaf->type != PARQUET_BOOLEAN && leaf->type != PARQUET_INT96;
		default:
			return false;
	}
}

/* Booleans in runs have the length of the runs before them. */
static void
OpenBooleans(ParquetValues *v, const char *data, size_t len)
{
	uint32		runs = len >= 4 ? Little32(data) : 0;

	if (len < 4 || runs > len - 4)
		FailTooFew(v);
	ParquetRunsOpen(&v->runs, 1, data + 4, runs);
}

static void
OpenIndexes(ParquetValues *v, const char *data, size_t len, const ParquetDictionary *dictionary)
{
	int			width = len > 0 ? (uint8) data[0] : 0;

	if (dictionary == NULL)
		ParquetFail("column \"%s\" has no dictionary before pages that need one", v->column);
	if (width > 32)
		ParquetFail("indexes of a page of column \"%s\" have %d bits", v->column, width);
	v->dictionary = dictionary;
	ParquetRunsOpen(&v->runs, width, data + Min(len, 1), len - Min(len, 1));
}

static void
OpenDelta(const ParquetValues *v, ParquetDelta *delta, const char *data, size_t len)
{
	const char *fault = ParquetDeltaOpen(delta, data, len);

	if (fault != NULL)
		ParquetFail("a page of column \"%s\" is damaged: %s", v->column, fault);
}

/* All numbers of a sequence, and where it ends. */
static const char *
ReadLengths(ParquetValues *v, const char *data, size_t len, int32 **lengths, int64 *room, int64 *n)
{
	ParquetDelta delta;
	int64		chunk[PARQUET_VECTOR];

	OpenDelta(v, &delta, data, len);
	*n = delta.left;
	if (*n > v->nvalues)
		ParquetFail("a page of column \"%s\" has more values than its header says", v->column);
	if ((size_t) *n > v->memory / sizeof(int32))
		ParquetFailMemory("page", *n * sizeof(int32), v->memory);
	if (*n > *room)
	{
		if (*lengths != NULL)
			pfree(*lengths);
		*lengths = NULL;
		*lengths = palloc(*n * sizeof(int32));
		*room = *n;
	}
	for (int64 i = 0; i < *n; i += PARQUET_VECTOR)
	{
		int			now = Min(*n - i, PARQUET_VECTOR);

		if (!ParquetDeltaRead(&delta, chunk, now))
			FailTooFew(v);
		for (int k = 0; k < now; k++)
		{
			if (chunk[k] < 0 || chunk[k] > PG_INT32_MAX)
				ParquetFail("a value of column \"%s\" has an invalid length", v->column);
			(*lengths)[i + k] = (int32) chunk[k];
		}
	}
	return ParquetDeltaEnd(&delta);
}

static void
OpenByteArrays(ParquetValues *v, const char *data, size_t len)
{
	const char *end = data + len;
	int64		n;
	int64		nprefixes;

	if (v->encoding == PARQUET_DELTA_BYTE_ARRAY)
	{
		data = ReadLengths(v, data, end - data, &v->prefixes, &v->prefixes_room, &nprefixes);
		v->last_len = 0;
	}
	v->at = ReadLengths(v, data, end - data, &v->lengths, &v->lengths_room, &n);
	if (v->encoding == PARQUET_DELTA_BYTE_ARRAY && n != nprefixes)
		ParquetFail("a page of column \"%s\" has other numbers of beginnings than of ends", v->column);
	v->nvalues = n;
}

void
ParquetValuesOpen(ParquetValues *v, ParquetEncoding encoding, const char *data, size_t len, int64 nvalues,
				  const ParquetDictionary *dictionary)
{
	if (!FitsLeaf(v->leaf, encoding))
		RefuseEncoding(v, encoding);
	v->encoding = encoding;
	v->dictionary = NULL;
	v->at = data;
	v->end = data + len;
	v->next = 0;
	v->nvalues = nvalues;
	switch (encoding)
	{
		case PARQUET_PLAIN_DICTIONARY:
		case PARQUET_RLE_DICTIONARY:
			OpenIndexes(v, data, len, dictionary);
			break;
		case PARQUET_RLE:
			OpenBooleans(v, data, len);
			break;
		case PARQUET_DELTA_BINARY_PACKED:
			OpenDelta(v, &v->delta, data, len);
			break;
		case PARQUET_DELTA_LENGTH_BYTE_ARRAY:
		case PARQUET_DELTA_BYTE_ARRAY:
			OpenByteArrays(v, data, len);
			break;
		case PARQUET_BYTE_STREAM_SPLIT:
			/* every value is there: one that is null has no bytes */
			v->nvalues = len / v->leaf->width;
			if (len % v->leaf->width != 0)
				ParquetFail("a page of column \"%s\" has a part of a value", v->column);
			break;
		default:
			break;
	}
}

/* ---- reading ---- */

static void
ReadPlainBooleans(ParquetValues *v, int n)
{
	if (v->next + n > (v->end - v->at) * 8)
		FailTooFew(v);
	for (int i = 0; i < n; i++, v->next++)
		v->fixed[i] = ((uint8) v->at[v->next / 8] >> (v->next % 8)) & 1;
}

/* Byte arrays with their lengths before them. Returns what follows, or NULL. */
static const char *
SplitBytes(const char *at, const char *end, ParquetBytes *bytes, int n)
{
	for (int i = 0; i < n; i++)
	{
		uint32		len;

		if (end - at < 4)
			return NULL;
		len = Little32(at);
		at += 4;
		if (len > (size_t) (end - at))
			return NULL;
		bytes[i].data = at;
		bytes[i].len = len;
		at += len;
	}
	return at;
}

static void
ReadPlain(ParquetValues *v, int n, ParquetArray *array)
{
	size_t		size = (size_t) n * v->leaf->width;

	if (v->leaf->type == PARQUET_BOOLEAN)
	{
		ReadPlainBooleans(v, n);
		return;
	}
	if (v->leaf->width == 0)
	{
		v->at = SplitBytes(v->at, v->end, v->bytes, n);
		if (v->at == NULL)
			FailTooFew(v);
		return;
	}
	if (size > (size_t) (v->end - v->at))
		FailTooFew(v);
	array->fixed = v->at;
	v->at += size;
}

static void
ReadIndexes(ParquetValues *v, int n)
{
	uint32		size = v->dictionary->values.n;
	uint32		most = 0;

	if (!ParquetRunsRead(&v->runs, v->indexes, n))
		FailTooFew(v);
	for (int i = 0; i < n; i++)
		most = Max(most, v->indexes[i]);
	if (n > 0 && most >= size)
		ParquetFail("column \"%s\" refers to value %u of a dictionary of %u", v->column, most, size);
}

/* Values of 32 bits wrap around as those. */
static void
ReadDelta(ParquetValues *v, int n)
{
	int64		chunk[PARQUET_VECTOR];

	if (!ParquetDeltaRead(&v->delta, chunk, n))
		FailTooFew(v);
	if (v->leaf->width == 8)
		memcpy(v->fixed, chunk, (size_t) n * 8);
	else
		for (int i = 0; i < n; i++)
			((int32 *) v->fixed)[i] = (int32) chunk[i];
}

static void
ReadLengthArrays(ParquetValues *v, int n)
{
	for (int i = 0; i < n; i++, v->next++)
	{
		int32		len = v->lengths[v->next];

		if (len > v->end - v->at)
			FailTooFew(v);
		v->bytes[i].data = v->at;
		v->bytes[i].len = len;
		v->at += len;
	}
}

/* Bytes that the next n values need when they are put together. */
static size_t
TogetherSize(const ParquetValues *v, int n)
{
	size_t		size = 0;

	for (int i = 0; i < n; i++)
		size += (size_t) v->prefixes[v->next + i] + v->lengths[v->next + i];
	return size;
}

/* A value is the beginning of the one before it, and an end of its own. */
static void
ReadPrefixed(ParquetValues *v, int n, ParquetArray *array)
{
	const char *last = v->last.bytes;
	size_t		last_len = v->last_len;
	char	   *out;

	ParquetReserve(&v->text, TogetherSize(v, n), v->memory, "vector of values");
	out = v->text.bytes;
	for (int i = 0; i < n; i++, v->next++)
	{
		size_t		prefix = v->prefixes[v->next];
		size_t		suffix = v->lengths[v->next];

		if (prefix > last_len || suffix > (size_t) (v->end - v->at))
			FailTooFew(v);
		if (v->leaf->width > 0 && prefix + suffix != v->leaf->width)
			ParquetFail("a value of column \"%s\" has an invalid length", v->column);
		if (prefix > 0)
			memcpy(out, last, prefix);
		if (suffix > 0)
			memcpy(out + prefix, v->at, suffix);
		v->at += suffix;
		last = out;
		last_len = prefix + suffix;
		if (v->bytes != NULL)
			v->bytes[i] = (ParquetBytes) {out, (int) last_len};
		out += last_len;
	}
	ParquetReserve(&v->last, last_len, v->memory, "value");
	if (last_len > 0 && last != v->last.bytes)
		memcpy(v->last.bytes, last, last_len);
	v->last_len = last_len;
	array->fixed = v->text.bytes;
}

/* The bytes of a value are as far from each other as there are values. */
static void
ReadSplit(ParquetValues *v, int n, ParquetArray *array)
{
	int			width = v->leaf->width;

	if (n > v->nvalues - v->next)
		FailTooFew(v);
	ParquetReserve(&v->text, (size_t) n * width, v->memory, "vector of values");
	for (int b = 0; b < width; b++)
	{
		const char *in = v->at + b * v->nvalues + v->next;

		for (int i = 0; i < n; i++)
			v->text.bytes[(size_t) i * width + b] = in[i];
	}
	v->next += n;
	array->fixed = v->text.bytes;
}

void
ParquetValuesRead(ParquetValues *v, int n, ParquetVector *vector)
{
	ParquetArray *array = &vector->values;

	vector->n = array->n = n;
	vector->indexes = NULL;
	vector->dictionary = NULL;
	array->width = v->leaf->width;
	array->fixed = v->fixed;
	array->bytes = v->bytes;
	switch (v->encoding)
	{
		case PARQUET_PLAIN_DICTIONARY:
		case PARQUET_RLE_DICTIONARY:
			ReadIndexes(v, n);
			vector->indexes = v->indexes;
			vector->dictionary = v->dictionary;
			break;
		case PARQUET_RLE:
			if (!ParquetRunsReadBytes(&v->runs, (uint8 *) v->fixed, n))
				FailTooFew(v);
			break;
		case PARQUET_DELTA_BINARY_PACKED:
			ReadDelta(v, n);
			break;
		case PARQUET_DELTA_LENGTH_BYTE_ARRAY:
		case PARQUET_DELTA_BYTE_ARRAY:
			if (n > v->nvalues - v->next)
				FailTooFew(v);
			if (v->encoding == PARQUET_DELTA_BYTE_ARRAY)
				ReadPrefixed(v, n, array);
			else
				ReadLengthArrays(v, n);
			break;
		case PARQUET_BYTE_STREAM_SPLIT:
			ReadSplit(v, n, array);
			break;
		default:
			ReadPlain(v, n, array);
	}
}

/* ---- dictionaries ---- */

ParquetDictionary *
ParquetReadDictionary(const ParquetNode *leaf, const char *column, size_t memory, const ParquetPage *page)
{
	static uint64 serial = 0;
	ParquetDictionary *d = palloc0(sizeof(ParquetDictionary));
	size_t		least = (size_t) page->nvalues * (leaf->width > 0 ? leaf->width : 4);
	char	   *copy;

	if (page->encoding != PARQUET_PLAIN && page->encoding != PARQUET_PLAIN_DICTIONARY)
		ParquetRefuse("encoding %d of a dictionary", page->encoding);
	if (leaf->type == PARQUET_BOOLEAN || least > page->len)
		ParquetFail("dictionary of column \"%s\" has fewer values than its header says", column);
	copy = palloc(Max(page->len, 1));
	memcpy(copy, page->data, page->len);
	d->serial = ++serial;
	d->values.n = page->nvalues;
	d->values.width = leaf->width;
	d->values.fixed = copy;
	if (leaf->width == 0)
	{
		ParquetBytes *bytes = palloc(Max(page->nvalues, 1) * sizeof(ParquetBytes));

		if (SplitBytes(copy, copy + page->len, bytes, page->nvalues) == NULL)
			ParquetFail("dictionary of column \"%s\" has fewer values than its header says", column);
		d->values.bytes = bytes;
	}
	return d;
}
