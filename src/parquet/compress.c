/*
 * compress.c
 *	  Compress the pages of Parquet files, each by itself.
 */
#include "base/compat.h"
#include "parquet/compress.h"

#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include "base/handle.h"

#define ZSTD_LEVEL 3
#define GZIP_LEVEL 6

/* The largest window, and 16 for a header of gzip. */
#define GZIP_WINDOW (15 + 16)
#define GZIP_MEMORY 8

struct Compressor
{
	ParquetCodec codec;
	int			level;
	ZSTD_CCtx  *zstd;
	z_stream	gzip;
};

bool
CompressorExists(ParquetCodec codec)
{
	return codec == PARQUET_UNCOMPRESSED || codec == PARQUET_SNAPPY || codec == PARQUET_GZIP ||
		codec == PARQUET_ZSTD;
}

static void
Release(void *handle)
{
	Compressor *compressor = handle;

	ZSTD_freeCCtx(compressor->zstd);
	if (compressor->codec == PARQUET_GZIP)
		(void) deflateEnd(&compressor->gzip);
}

static void
OutOfMemory(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_OUT_OF_MEMORY),
			 errmsg("out of memory"),
			 errdetail("Failed to compress a page.")));
}

Compressor *
CompressorBegin(ParquetCodec codec, int level)
{
	Compressor *compressor = palloc0(sizeof(Compressor));

	Assert(CompressorExists(codec));
	compressor->codec = codec;
	if (codec == PARQUET_ZSTD)
	{
		compressor->level = level != 0 ? level : ZSTD_LEVEL;
		compressor->zstd = ZSTD_createCCtx();
		if (compressor->zstd == NULL)
			OutOfMemory();
	}
	if (codec == PARQUET_GZIP &&
		deflateInit2(&compressor->gzip, level != 0 ? level : GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW,
					 GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		OutOfMemory();
	ReleaseWithContext(CurrentMemoryContext, Release, compressor);
	return compressor;
}

static void
AddZstd(Compressor *compressor, const char *data, size_t len, WriteBuffer *to)
{
	size_t		bound = ZSTD_compressBound(len);
	size_t		done = ZSTD_compressCCtx(compressor->zstd, WriteBufferReserve(to, bound), bound,
										 data, len, compressor->level);

	if (ZSTD_isError(done))
		OutOfMemory();
	to->len += done;
}

static void
AddGzip(Compressor *compressor, const char *data, size_t len, WriteBuffer *to)
{
	z_stream   *gzip = &compressor->gzip;
	size_t		bound;

	(void) deflateReset(gzip);
	bound = deflateBound(gzip, len);
	gzip->next_in = (Bytef *) data;
	gzip->avail_in = (uInt) len;
	gzip->next_out = (Bytef *) WriteBufferReserve(to, bound);
	gzip->avail_out = (uInt) bound;
	if (deflate(gzip, Z_FINISH) != Z_STREAM_END)
		OutOfMemory();
	to->len += bound - gzip->avail_out;
}

static void
AddSnappy(const char *data, size_t len, WriteBuffer *to)
{
	size_t		done = snappy_max_compressed_length(len);

	if (snappy_compress(data, len, WriteBufferReserve(to, done), &done) != SNAPPY_OK)
		OutOfMemory();
	to->len += done;
}

void
CompressorAdd(Compressor *compressor, const char *data, size_t len, WriteBuffer *to)
{
	switch (compressor->codec)
	{
		case PARQUET_ZSTD:
			AddZstd(compressor, data, len, to);
			break;
		case PARQUET_GZIP:
			AddGzip(compressor, data, len, to);
			break;
		case PARQUET_SNAPPY:
			AddSnappy(data, len, to);
			break;
		default:
			WriteBufferAdd(to, data, len);
			break;
	}
}
