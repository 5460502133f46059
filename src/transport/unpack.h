/*
 * unpack.h
 *	  Decompress a response body while it is received.
 *
 * libcurl's own decompression does not detect a truncated stream when the response has no
 * length. Runs inside libcurl's callbacks: memory is malloc'd, and nothing throws.
 */
#ifndef ELT_TRANSPORT_UNPACK_H
#define ELT_TRANSPORT_UNPACK_H

#include "postgres.h"

#include <zlib.h>

#define UNPACK_CODINGS "gzip, deflate"

typedef enum Coding
{
	CODING_UNDECIDED,			/* no byte of the body has come */
	CODING_NONE,
	CODING_GZIP,
	CODING_DEFLATE,				/* of zlib, or bare */
	CODING_UNKNOWN
} Coding;

typedef struct Unpacker
{
	Coding		coding;
	z_stream   *stream;			/* NULL until the first byte */
	bool		ended;			/* whatever came is whole */
	bool		damaged;
	bool		no_memory;
} Unpacker;

/* Receives decompressed bytes; returns false to stop. */
typedef bool (*UnpackSink) (void *arg, const char *data, size_t len);

/* From the value of Content-Encoding, which need not end with a null byte. */
extern Coding CodingByName(const char *name, size_t len);

/* False for invalid data, when out of memory, or when the sink returned false. */
extern bool Unpack(Unpacker *unpacker, const char *data, size_t len, UnpackSink sink, void *arg);

/* After the last byte: is the stream truncated? */
extern bool UnpackIsCut(const Unpacker *unpacker);
extern void UnpackRelease(Unpacker *unpacker);

#endif
