/*
 * file_stream.h
 *	  Read and decompress an open file.
 */
#ifndef ELT_TRANSPORT_FILE_STREAM_H
#define ELT_TRANSPORT_FILE_STREAM_H

#include "postgres.h"
#include "transport/body.h"
#include "transport/codec.h"
#include "transport/page.h"

/*
 * Create a stream that reads fd, which page->file is about, and closes it with the page's context.
 * name is for messages.
 * Exceeding max_bytes after decompression is an error; 0: no limit.
 */
extern PageStream *FileStreamOpen(FetchedPage *page, int fd, const char *name,
								  Compression compression, int64 max_bytes);

/* Read exactly these bytes of an open file. */
extern void FileReadAt(int fd, const char *name, char *buffer, size_t len, int64 offset);

#endif
