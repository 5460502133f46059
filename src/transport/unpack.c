/*
 * unpack.c
 *	  Decompress a response body while it is received.
 */
#include "base/compat.h"
#include "transport/unpack.h"

#define PIECE_SIZE		65536
#define GZIP_WINDOW		(15 + 16)
#define ZLIB_WINDOW		15
#define BARE_WINDOW		(-15)
#define ZLIB_METHOD		8		/* lower half of the first byte of zlib's own format */
#define GZIP_MAGIC		0x1f

Coding
CodingByName(const char *name, size_t len)
{
	static const struct
	{
		const char *name;
		Coding		coding;
	}			codings[] = {
		{"", CODING_NONE}, {"identity", CODING_NONE}, {"gzip", CODING_GZIP},
		{"x-gzip", CODING_GZIP}, {"deflate", CODING_DEFLATE},
	};

	for (int i = 0; i < lengthof(codings); i++)
		if (strlen(codings[i].name) == len &&
			pg_strncasecmp(codings[i].name, name, len) == 0)
			return codings[i].coding;
	return CODING_UNKNOWN;
}

/* What is called deflate comes in two forms; the first byte tells. */
static int
WindowOf(Coding coding, unsigned char first)
{
	if (coding == CODING_GZIP)
		return GZIP_WINDOW;
	return (first & 0x0f) == ZLIB_METHOD ? ZLIB_WINDOW : BARE_WINDOW;
}

static bool
Open(Unpacker *unpacker, unsigned char first)
{
	unpacker->stream = calloc(1, sizeof(z_stream));
	if (unpacker->stream != NULL &&
		inflateInit2(unpacker->stream, WindowOf(unpacker->coding, first)) == Z_OK)
		return true;
	free(unpacker->stream);
	unpacker->stream = NULL;
	unpacker->no_memory = true;
	return false;
}

/* Another gzip stream may follow the first one, and is part of the body. */
static bool
BeginNext(Unpacker *unpacker)
{
	if (unpacker->coding == CODING_GZIP && *unpacker->stream->next_in == GZIP_MAGIC &&
		inflateReset(unpacker->stream) == Z_OK)
		return true;
	unpacker->damaged = true;
	return false;
}

/* Unpack one piece; false when that is not possible. */
static bool
Step(Unpacker *unpacker, unsigned char *piece)
{
	z_stream   *stream = unpacker->stream;
	int			code;

	if (unpacker->ended && !BeginNext(unpacker))
		return false;
	stream->next_out = piece;
	stream->avail_out = PIECE_SIZE;
	code = inflate(stream, Z_NO_FLUSH);
	unpacker->ended = code == Z_STREAM_END;
	unpacker->no_memory = code == Z_MEM_ERROR;
	unpacker->damaged = code != Z_OK && code != Z_STREAM_END && code != Z_MEM_ERROR &&
		code != Z_BUF_ERROR;
	return !unpacker->no_memory && !unpacker->damaged;
}

bool
Unpack(Unpacker *unpacker, const char *data, size_t len, UnpackSink sink, void *arg)
{
	unsigned char piece[PIECE_SIZE];
	z_stream   *stream;
	size_t		got;

	if (unpacker->coding == CODING_NONE)
		return sink(arg, data, len);
	unpacker->damaged = unpacker->coding == CODING_UNKNOWN;
	if (len == 0 || unpacker->damaged)
		return !unpacker->damaged;
	if (unpacker->stream == NULL && !Open(unpacker, (unsigned char) data[0]))
		return false;
	stream = unpacker->stream;
	stream->next_in = (Bytef *) data;
	stream->avail_in = (uInt) len;
	do
	{
		if (!Step(unpacker, piece))
			return false;
		got = PIECE_SIZE - stream->avail_out;
		if (got > 0 && !sink(arg, (const char *) piece, got))
			return false;
	} while (stream->avail_in > 0 || (stream->avail_out == 0 && !unpacker->ended));
	return true;
}

bool
UnpackIsCut(const Unpacker *unpacker)
{
	return unpacker->stream != NULL && !unpacker->ended;
}

void
UnpackRelease(Unpacker *unpacker)
{
	if (unpacker->stream != NULL)
		(void) inflateEnd(unpacker->stream);
	free(unpacker->stream);
	memset(unpacker, 0, sizeof(Unpacker));
}
