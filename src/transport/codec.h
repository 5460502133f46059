/*
 * codec.h
 *	  Decompress the bytes of a file piece by piece.
 *
 * A file may consist of several compressed streams, one after another.
 */
#ifndef ELT_TRANSPORT_CODEC_H
#define ELT_TRANSPORT_CODEC_H

#include "postgres.h"

typedef enum Compression
{
	COMPRESSION_NONE,
	COMPRESSION_GZIP,
	COMPRESSION_ZSTD,
	COMPRESSION_BZIP2,
	COMPRESSION_XZ,
	COMPRESSION_LZ4,
	COMPRESSION_AUTO			/* what the first bytes say */
} Compression;

#define COMPRESSION_MAGIC 10

/* What a file with these first bytes is compressed with. */
extern Compression CompressionOfBytes(const unsigned char *bytes, size_t len);

/* "gzip" */
extern const char *CompressionName(Compression compression);

/* Parse the name of a compression method; false when it is invalid. */
extern bool CompressionFromName(const char *name, Compression *compression);

typedef struct Codec Codec;

/* Compressed bytes that have been read, and how far they are used up. */
typedef struct CodecInput
{
	const char *data;
	size_t		at;
	size_t		len;
} CodecInput;

/* Released with cxt. */
extern Codec *CodecCreate(MemoryContext cxt, Compression compression);

/* Begin a file; false: no memory. */
extern bool CodecBegin(Codec *codec);

/* Is a stream open, whose end has not come? */
extern bool CodecIsInside(const Codec *codec);

/*
 * Decompress into out; returns how many bytes, which may be none. *fault is set when the data is
 * not valid.
 */
extern size_t CodecStep(Codec *codec, CodecInput *in, char *out, size_t size, const char **fault);

#endif
