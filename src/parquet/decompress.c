/*
 * decompress.c
 *	  Decompress a page of a Parquet file.
 */
#include "postgres.h"

#include "parquet/decompress.h"

#include <brotli/decode.h>
#include <lz4.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include "parquet/parquet_fail.h"

void
DecompressCheck(ParquetCodec codec)
{
	switch (codec)
	{
		case PARQUET_UNCOMPRESSED:
		case PARQUET_SNAPPY:
		case PARQUET_GZIP:
		case PARQUET_BROTLI:
		case PARQUET_LZ4:
		case PARQUET_ZSTD:
		case PARQUET_LZ4_RAW:
			return;
		case PARQUET_LZO:
			ParquetRefuse("codec LZO");
	}
	ParquetRefuse("codec %d", codec);
}

static bool
Snappy(const char *in, size_t in_len, char *out, size_t out_len)
{
	size_t		len;

	return snappy_uncompressed_length(in, in_len, &len) == SNAPPY_OK && len == out_len &&
		snappy_uncompress(in, in_len, out, &len) == SNAPPY_OK && len == out_len;
}

/* Of one or several members. */
static bool
Gzip(const char *in, size_t in_len, char *out, size_t out_len)
{
	z_stream	z = {0};
	int			status = Z_OK;

	if (inflateInit2(&z, MAX_WBITS + 32) != Z_OK)
		return false;
	z.next_in = (Bytef *) in;
	z.avail_in = in_len;
	z.next_out = (Bytef *) out;
	z.avail_out = out_len;
	while (status == Z_OK)
	{
		status = inflate(&z, Z_FINISH);
		if (status == Z_STREAM_END && z.avail_in > 0)
			status = inflateReset(&z);
	}
	inflateEnd(&z);
	return status == Z_STREAM_END && z.avail_out == 0;
}

static bool
Brotli(const char *in, size_t in_len, char *out, size_t out_len)
{
	size_t		len = out_len;

	return BrotliDecoderDecompress(in_len, (const uint8 *) in, &len, (uint8 *) out) ==
		BROTLI_DECODER_RESULT_SUCCESS && len == out_len;
}

static bool
Zstd(const char *in, size_t in_len, char *out, size_t out_len)
{
	size_t		len = ZSTD_decompress(out, out_len, in, in_len);

	return !ZSTD_isError(len) && len == out_len;
}

static bool
Lz4(const char *in, size_t in_len, char *out, size_t out_len)
{
	return in_len <= LZ4_MAX_INPUT_SIZE &&
		LZ4_decompress_safe(in, out, (int) in_len, (int) out_len) == (int) out_len;
}

static uint32
Big32(const char *bytes)
{
	const uint8 *b = (const uint8 *) bytes;

	return (uint32) b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
}

/* Blocks of Hadoop, each below the sizes of what it is made of; or, as some writers have it, none. */
static bool
HadoopLz4(const char *in, size_t in_len, char *out, size_t out_len)
{
	while (in_len >= 8)
	{
		size_t		plain = Big32(in);
		size_t		packed = Big32(in + 4);

		if (packed > in_len - 8 || plain > out_len || !Lz4(in + 8, packed, out, plain))
			return false;
		in += 8 + packed;
		in_len -= 8 + packed;
		out += plain;
		out_len -= plain;
	}
	return in_len == 0 && out_len == 0;
}

static const char *
FaultUnless(bool fine)
{
	return fine ? NULL : "its compressed bytes are damaged";
}

const char *
Decompress(ParquetCodec codec, const char *in, size_t in_len, char *out, size_t out_len)
{
	switch (codec)
	{
		case PARQUET_SNAPPY:
			return FaultUnless(Snappy(in, in_len, out, out_len));
		case PARQUET_GZIP:
			return FaultUnless(Gzip(in, in_len, out, out_len));
		case PARQUET_BROTLI:
			return FaultUnless(Brotli(in, in_len, out, out_len));
		case PARQUET_LZ4:
			return FaultUnless(HadoopLz4(in, in_len, out, out_len) || Lz4(in, in_len, out, out_len));
		case PARQUET_ZSTD:
			return FaultUnless(Zstd(in, in_len, out, out_len));
		case PARQUET_LZ4_RAW:
			return FaultUnless(Lz4(in, in_len, out, out_len));
		default:
			return "its codec is unknown";
	}
}
