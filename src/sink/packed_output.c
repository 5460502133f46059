/*
 * packed_output.c
 *	  Bytes of an output, buffered, and compressed as one stream.
 */
#include "base/compat.h"
#include "sink/packed_output.h"

#include <zlib.h>
#include <zstd.h>

#include "base/handle.h"

#define FLUSH_BYTES (128 * 1024)
#define ZSTD_LEVEL 3
#define GZIP_LEVEL 6
#define GZIP_WINDOW (15 + 16)
#define GZIP_MEMORY 8

struct PackedOutput
{
	OutputFile *output;
	ParquetCodec codec;
	StringInfoData text;
	char	   *packed;			/* FLUSH_BYTES */
	ZSTD_CStream *zstd;
	z_stream	gzip;
};

bool
PackedOutputExists(ParquetCodec codec)
{
	return codec == PARQUET_UNCOMPRESSED || codec == PARQUET_GZIP || codec == PARQUET_ZSTD;
}

const char *
PackedOutputSuffix(ParquetCodec codec)
{
	return codec == PARQUET_GZIP ? ".gz" : codec == PARQUET_ZSTD ? ".zst" : "";
}

static void
Release(void *handle)
{
	PackedOutput *packed = handle;

	ZSTD_freeCStream(packed->zstd);
	if (packed->codec == PARQUET_GZIP)
		(void) deflateEnd(&packed->gzip);
}

static void
Fail(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_OUT_OF_MEMORY),
			 errmsg("out of memory"),
			 errdetail("Failed to compress a file.")));
}

PackedOutput *
PackedOutputBegin(OutputFile *output, ParquetCodec codec, int level)
{
	PackedOutput *packed = palloc0(sizeof(PackedOutput));

	packed->output = output;
	packed->codec = codec;
	packed->packed = palloc(FLUSH_BYTES);
	initStringInfo(&packed->text);
	if (codec == PARQUET_ZSTD)
	{
		packed->zstd = ZSTD_createCStream();
		if (packed->zstd == NULL ||
			ZSTD_isError(ZSTD_initCStream(packed->zstd, level != 0 ? level : ZSTD_LEVEL)))
			Fail();
	}
	if (codec == PARQUET_GZIP &&
		deflateInit2(&packed->gzip, level != 0 ? level : GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW,
					 GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		Fail();
	ReleaseWithContext(CurrentMemoryContext, Release, packed);
	return packed;
}

StringInfo
PackedOutputText(PackedOutput *packed)
{
	return &packed->text;
}

static void
WriteZstd(PackedOutput *packed, ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = {packed->text.data, packed->text.len, 0};
	size_t		left;

	do
	{
		ZSTD_outBuffer out = {packed->packed, FLUSH_BYTES, 0};

		left = ZSTD_compressStream2(packed->zstd, &out, &in, end);
		if (ZSTD_isError(left))
			Fail();
		OutputAppend(packed->output, packed->packed, out.pos);
	} while (in.pos < in.size || (end == ZSTD_e_end && left > 0));
}

static void
WriteGzip(PackedOutput *packed, int flush)
{
	z_stream   *gzip = &packed->gzip;

	gzip->next_in = (Bytef *) packed->text.data;
	gzip->avail_in = packed->text.len;
	do
	{
		gzip->next_out = (Bytef *) packed->packed;
		gzip->avail_out = FLUSH_BYTES;
		if (deflate(gzip, flush) == Z_STREAM_ERROR)
			Fail();
		OutputAppend(packed->output, packed->packed, FLUSH_BYTES - gzip->avail_out);
	} while (gzip->avail_out == 0);
}

static void
WriteText(PackedOutput *packed, bool is_end)
{
	if (packed->codec == PARQUET_ZSTD)
		WriteZstd(packed, is_end ? ZSTD_e_end : ZSTD_e_continue);
	else if (packed->codec == PARQUET_GZIP)
		WriteGzip(packed, is_end ? Z_FINISH : Z_NO_FLUSH);
	else
		OutputAppend(packed->output, packed->text.data, packed->text.len);
	resetStringInfo(&packed->text);
}

void
PackedOutputFlush(PackedOutput *packed)
{
	if (packed->text.len >= FLUSH_BYTES)
		WriteText(packed, false);
}

void
PackedOutputEnd(PackedOutput *packed)
{
	WriteText(packed, true);
}
