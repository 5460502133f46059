/*
 * codec.c
 *	  Decompress the bytes of a file piece by piece.
 */
#include "base/compat.h"
#include "transport/codec.h"

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "base/handle.h"

#define GZIP_WINDOW (15 + 16)	/* the largest window, gzip framing */
#define XZ_MEMORY	((uint64) 128 * 1024 * 1024)	/* of a dictionary; that of xz -9 needs 65 MB */

struct Codec
{
	Compression compression;
	bool		inside;			/* a stream that has not ended */
	bool		open;			/* the library's state needs to be released */
	z_stream	gzip;
	ZSTD_DStream *zstd;
	bz_stream	bzip2;
	lzma_stream xz;
	LZ4F_dctx  *lz4;
};

static const char *const names[] = {
	[COMPRESSION_NONE] = "none",
	[COMPRESSION_GZIP] = "gzip",
	[COMPRESSION_ZSTD] = "zstd",
	[COMPRESSION_BZIP2] = "bzip2",
	[COMPRESSION_XZ] = "xz",
	[COMPRESSION_LZ4] = "lz4",
	[COMPRESSION_AUTO] = "auto"
};

const char *
CompressionName(Compression compression)
{
	return names[compression];
}

bool
CompressionFromName(const char *name, Compression *compression)
{
	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(names[i], name) == 0)
		{
			*compression = i;
			return true;
		}
	return false;
}

Compression
CompressionOfBytes(const unsigned char *bytes, size_t len)
{
	static const struct
	{
		const char *magic;
		size_t		len;
		Compression compression;
	}			known[] = {
		{"\x1F\x8B", 2, COMPRESSION_GZIP}, {"\x28\xB5\x2F\xFD", 4, COMPRESSION_ZSTD},
		{"\xFD" "7zXZ\0", 6, COMPRESSION_XZ}, {"\x04\x22\x4D\x18", 4, COMPRESSION_LZ4},
	};

	for (int i = 0; i < lengthof(known) && len >= 4; i++)
		if (len >= known[i].len && memcmp(bytes, known[i].magic, known[i].len) == 0)
			return known[i].compression;
	/* the level between the two is one digit */
	if (len >= 10 && memcmp(bytes, "BZh", 3) == 0 && memcmp(bytes + 4, "1AY&SY", 6) == 0)
		return COMPRESSION_BZIP2;
	return COMPRESSION_NONE;
}

/* ---- states of the libraries ---- */

static void
CloseCodec(void *arg)
{
	Codec	   *c = arg;

	if (!c->open)
		return;
	c->open = false;
	switch (c->compression)
	{
		case COMPRESSION_GZIP:
			(void) inflateEnd(&c->gzip);
			break;
		case COMPRESSION_ZSTD:
			(void) ZSTD_freeDStream(c->zstd);
			break;
		case COMPRESSION_BZIP2:
			(void) BZ2_bzDecompressEnd(&c->bzip2);
			break;
		case COMPRESSION_XZ:
			lzma_end(&c->xz);
			break;
		case COMPRESSION_LZ4:
			(void) LZ4F_freeDecompressionContext(c->lz4);
			break;
		default:
			break;
	}
}

static bool
OpenState(Codec *c)
{
	switch (c->compression)
	{
		case COMPRESSION_GZIP:
			return inflateInit2(&c->gzip, GZIP_WINDOW) == Z_OK;
		case COMPRESSION_ZSTD:
			c->zstd = ZSTD_createDStream();
			return c->zstd != NULL;
		case COMPRESSION_BZIP2:
			memset(&c->bzip2, 0, sizeof(c->bzip2));
			return BZ2_bzDecompressInit(&c->bzip2, 0, 0) == BZ_OK;
		case COMPRESSION_XZ:
			memset(&c->xz, 0, sizeof(c->xz));
			return lzma_stream_decoder(&c->xz, XZ_MEMORY, 0) == LZMA_OK;
		case COMPRESSION_LZ4:
			return !LZ4F_isError(LZ4F_createDecompressionContext(&c->lz4, LZ4F_VERSION));
		default:
			return false;
	}
}

Codec *
CodecCreate(MemoryContext cxt, Compression compression)
{
	Codec	   *c = MemoryContextAllocZero(cxt, sizeof(Codec));

	c->compression = compression;
	ReleaseWithContext(cxt, CloseCodec, c);
	return c;
}

bool
CodecBegin(Codec *c)
{
	CloseCodec(c);
	c->open = OpenState(c);
	/* a file of no bytes at all is not compressed, so a stream is awaited */
	c->inside = true;
	return c->open;
}

bool
CodecIsInside(const Codec *c)
{
	return c->inside;
}

/* ---- steps: each uses up input and returns the bytes that it made ---- */

static size_t
InflateSome(Codec *c, CodecInput *in, char *out, size_t size, const char **fault)
{
	z_stream   *z = &c->gzip;
	int			code;

	z->next_in = (Bytef *) in->data + in->at;
	z->avail_in = in->len - in->at;
	z->next_out = (Bytef *) out;
	z->avail_out = size;
	code = inflate(z, Z_NO_FLUSH);
	in->at = in->len - z->avail_in;
	if (code == Z_STREAM_END)
	{
		c->inside = false;
		(void) inflateReset(z);
	}
	else if (code != Z_OK && code != Z_BUF_ERROR)
		*fault = z->msg ? z->msg : "could not decompress data";
	return size - z->avail_out;
}

static size_t
DecompressZstd(Codec *c, CodecInput *in, char *out, size_t size, const char **fault)
{
	ZSTD_inBuffer from = {in->data, in->len, in->at};
	ZSTD_outBuffer to = {out, size, 0};
	size_t		left = ZSTD_decompressStream(c->zstd, &to, &from);

	if (ZSTD_isError(left))
		*fault = ZSTD_getErrorName(left);
	in->at = from.pos;
	c->inside = left != 0;
	return to.pos;
}

static size_t
DecompressBzip2(Codec *c, CodecInput *in, char *out, size_t size, const char **fault)
{
	bz_stream  *z = &c->bzip2;
	int			code;
	size_t		made;

	z->next_in = unconstify(char *, in->data) + in->at;
	z->avail_in = in->len - in->at;
	z->next_out = out;
	z->avail_out = size;
	code = BZ2_bzDecompress(z);
	in->at = in->len - z->avail_in;
	made = size - z->avail_out;
	if (code == BZ_STREAM_END)
	{
		/* this library has no reset */
		if (!CodecBegin(c))
			*fault = "out of memory";
		c->inside = false;
	}
	else if (code != BZ_OK)
		*fault = code == BZ_MEM_ERROR ? "out of memory" : "could not decompress data";
	return made;
}

static size_t
DecompressXz(Codec *c, CodecInput *in, char *out, size_t size, const char **fault)
{
	lzma_stream *z = &c->xz;
	lzma_ret	code;

	z->next_in = (const uint8_t *) in->data + in->at;
	z->avail_in = in->len - in->at;
	z->next_out = (uint8_t *) out;
	z->avail_out = size;
	code = lzma_code(z, LZMA_RUN);
	in->at = in->len - z->avail_in;
	if (code == LZMA_STREAM_END)
	{
		c->inside = false;
		if (lzma_stream_decoder(z, XZ_MEMORY, 0) != LZMA_OK)
			*fault = "out of memory";
	}
	else if (code == LZMA_MEMLIMIT_ERROR)
		*fault = "its dictionary requires more than 128 MB of memory";
	else if (code != LZMA_OK && code != LZMA_BUF_ERROR)
		*fault = code == LZMA_MEM_ERROR ? "out of memory" : "could not decompress data";
	return (char *) z->next_out - out;
}

static size_t
DecompressLz4(Codec *c, CodecInput *in, char *out, size_t size, const char **fault)
{
	size_t		made = size;
	size_t		used = in->len - in->at;
	size_t		left = LZ4F_decompress(c->lz4, out, &made, in->data + in->at, &used, NULL);

	if (LZ4F_isError(left))
	{
		*fault = LZ4F_getErrorName(left);
		return 0;
	}
	in->at += used;
	c->inside = left != 0;
	return made;
}

/* Behind the streams of these two, zeros are padding. */
static bool
SkipPadding(const Codec *c, CodecInput *in)
{
	if (c->inside || (c->compression != COMPRESSION_GZIP && c->compression != COMPRESSION_XZ))
		return in->at < in->len;
	while (in->at < in->len && in->data[in->at] == '\0')
		in->at++;
	return in->at < in->len;
}

size_t
CodecStep(Codec *c, CodecInput *in, char *out, size_t size, const char **fault)
{
	*fault = NULL;
	if (!SkipPadding(c, in) && !c->inside)
		return 0;
	c->inside = true;
	switch (c->compression)
	{
		case COMPRESSION_GZIP:
			return InflateSome(c, in, out, size, fault);
		case COMPRESSION_ZSTD:
			return DecompressZstd(c, in, out, size, fault);
		case COMPRESSION_BZIP2:
			return DecompressBzip2(c, in, out, size, fault);
		case COMPRESSION_XZ:
			return DecompressXz(c, in, out, size, fault);
		case COMPRESSION_LZ4:
			return DecompressLz4(c, in, out, size, fault);
		default:
			return 0;
	}
}
