/*
 * read_back.c
 *	  Read the rows of a file that was written, as the readers of pg_elt read it.
 */
#include "base/compat.h"
#include "sink/read_back.h"

#include "decode/csv_decoder.h"
#include "decode/decode.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "transport/codec.h"
#include "utils/memutils.h"

#define BATCH_ROWS 1000
#define CHUNK_BYTES (64 * 1024)

/* ---- bytes ---- */

/* A file that was compressed as a whole. */
typedef struct Unpacked
{
	ByteSource *packed;
	Codec	   *codec;
	CodecInput	in;
	bool		ended;			/* of the packed bytes */
	char	   *chunk;			/* CHUNK_BYTES */
} Unpacked;

static void
RefusePacked(const char *fault)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("could not decompress the file that was written: %s", fault)));
}

static bool
NextUnpacked(void *state, const char **data, size_t *len)
{
	Unpacked   *unpacked = state;
	const char *fault = NULL;

	*data = unpacked->chunk;
	for (*len = 0; *len == 0;)
	{
		if (unpacked->in.at == unpacked->in.len && !unpacked->ended)
		{
			unpacked->in.at = 0;
			unpacked->ended = !unpacked->packed->next(unpacked->packed->state, &unpacked->in.data,
													  &unpacked->in.len);
			if (unpacked->ended)
				unpacked->in.len = 0;
		}
		*len = CodecStep(unpacked->codec, &unpacked->in, unpacked->chunk, CHUNK_BYTES, &fault);
		if (fault != NULL)
			RefusePacked(fault);
		if (*len == 0 && unpacked->ended)
		{
			if (CodecIsInside(unpacked->codec))
				RefusePacked("it is cut off");
			return false;
		}
	}
	return true;
}

static ByteSource *
UnpackedSource(ByteSource *packed, ParquetCodec codec)
{
	ByteSource *source = palloc0(sizeof(ByteSource));
	Unpacked   *unpacked = palloc0(sizeof(Unpacked));

	unpacked->packed = packed;
	unpacked->codec = CodecCreate(CurrentMemoryContext,
								  codec == PARQUET_GZIP ? COMPRESSION_GZIP : COMPRESSION_ZSTD);
	unpacked->chunk = palloc(CHUNK_BYTES);
	if (!CodecBegin(unpacked->codec))
		RefusePacked("out of memory");
	source->next = NextUnpacked;
	source->state = unpacked;
	return source;
}

/* ---- rows ---- */

static const CsvOptions csv_options = {
	.dialect = {.delimiter = ",", .quote = '"', .escape = '"'},
	.null = "",
	.header = true,
	.encoding = PG_UTF8,
	.needs_header = true,
};

static DecodeSpec
SpecFor(TupleDesc desc, const RowFormat *format)
{
	DecodeSpec	spec = {.desc = desc};

	spec.columns = palloc0(sizeof(DecodeColumn) * desc->natts);
	for (int i = 0; i < desc->natts; i++)
	{
		/* what was added since reads as null, and differs if it is not */
		spec.columns[spec.ncolumns].optional = true;
		spec.columns[spec.ncolumns++].attnum = i + 1;
	}
	spec.is_parquet = format == &ParquetRows;
	spec.csv = format == &CsvRows ? &csv_options : NULL;
	spec.framing = DECODE_LINES;
	spec.record_memory = MaxAllocSize;
	return spec;
}

static void
CheckNoReject(const OutputFile *file, const RowBatch *batch)
{
	const RowReject *reject;

	if (batch->rejects == NIL)
		return;
	reject = linitial(batch->rejects);
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("row %lld of file \"%s\" cannot be read back", (long long) reject->record,
					file->name),
			 errdetail("%s", reject->message)));
}

RowSum
ReadBack(OutputFile *file, const RowFormat *format, const RowFileOptions *options, TupleDesc desc)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "elt read back",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(cxt);
	DecodeSpec	spec = SpecFor(desc, format);
	Decoder    *decoder = DecoderCreate(&spec);
	RowHasher  *hasher = RowHasherFor(desc);
	RowBatch   *batch = RowBatchCreate(desc, BATCH_ROWS);
	ByteSource *source = file->kind->source(file);
	RowSum		sum = {0};
	bool		more = true;

	if (!format->is_packed && options->codec != PARQUET_UNCOMPRESSED)
		source = UnpackedSource(source, options->codec);
	DecoderBegin(decoder);
	DecoderOpen(decoder, source, NULL);
	while (more)
	{
		CHECK_FOR_INTERRUPTS();
		more = DecoderFill(decoder, batch);
		CheckNoReject(file, batch);
		for (int row = 0; row < batch->nrows; row++)
			RowSumAdd(hasher, &sum, batch->values + (size_t) row * desc->natts,
					  batch->isnull + (size_t) row * desc->natts);
		RowBatchReset(batch);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(cxt);
	return sum;
}
