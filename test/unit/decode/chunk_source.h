/*
 * chunk_source.h
 *	  Bytes in chunks of a given size, each in memory that is overwritten by the next.
 */
#ifndef CHUNK_SOURCE_H
#define CHUNK_SOURCE_H

#include "decode/byte_source.h"

/* chunk 0: all at once. */
extern ByteSource *ChunkByteSource(const char *data, size_t len, size_t chunk);

#endif
