/*
 * unpack.h
 *	  A packed body, unpacked while it arrives.
 *
 * libcurl could do it, but takes a stream that breaks off for a whole one where the answer has
 * no length. Runs inside its callbacks: memory is malloc'd, and nothing throws.
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

/* Takes unpacked bytes; false: no more of them, please. */
typedef bool (*UnpackSink) (void *arg, const char *data, size_t len);

/* From the value of Content-Encoding, which need not end with a null byte. */
extern Coding CodingByName(const char *name, size_t len);

/* False when it is damaged, when there is no memory, or when the sink said so. */
extern bool Unpack(Unpacker *unpacker, const char *data, size_t len, UnpackSink sink, void *arg);

/* All bytes have come: is the end missing? */
extern bool UnpackIsCut(const Unpacker *unpacker);
extern void UnpackRelease(Unpacker *unpacker);

#endif
