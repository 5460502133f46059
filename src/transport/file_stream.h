/*
 * file_stream.h
 *	  The bytes of an open file, decompressed on the way.
 */
#ifndef ELT_TRANSPORT_FILE_STREAM_H
#define ELT_TRANSPORT_FILE_STREAM_H

#include "postgres.h"
#include "transport/body.h"
#include "transport/page.h"

typedef enum Compression
{
	COMPRESSION_NONE,
	COMPRESSION_GZIP,
	COMPRESSION_ZSTD,
	COMPRESSION_AUTO			/* what the first bytes say */
} Compression;

/* False when this is no kind of compression. NULL is auto. */
extern bool CompressionFromName(const char *name, Compression *compression);

/*
 * A stream over fd, which it closes with the page's context. name is for messages. More than
 * max_bytes after decompression is an error; 0: no limit.
 */
extern PageStream *FileStreamOpen(FetchedPage *page, int fd, const char *name,
								  Compression compression, int64 max_bytes);

#endif
