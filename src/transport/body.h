/*
 * body.h
 *	  Buffer the body of a response while it is received and read.
 *
 * BodyAppend may run inside a callback of a foreign library: it only copies into malloc'd
 * memory and never throws. BodySpill, which may throw, runs after the library has returned.
 */
#ifndef ELT_TRANSPORT_BODY_H
#define ELT_TRANSPORT_BODY_H

#include "postgres.h"
#include "storage/fd.h"
#include "transport/stream_hash.h"

/* A body that is not buffered, such as a file. FetchedPage.bytes counts what has been read. */
typedef struct PageStream
{
	bool		(*next) (void *state, const char **data, size_t *len);
	void		(*rewind) (void *state);
	/* Of a body of named parts: go on with this one; false: there is none. NULL: it has no parts. */
	bool		(*select) (void *state, const char *part);
	/* See ByteSource. NULL: it is read from its beginning only. */
	int64		(*size) (void *state);
	void		(*read_at) (void *state, char *buffer, size_t len, int64 offset);
	void	   *state;
} PageStream;

typedef struct PageBody
{
	const PageStream *stream;	/* NULL: the body is in what follows */
	char	   *data;			/* malloc'd: all of it, or what follows the file */
	size_t		len;
	size_t		capacity;
	File		file;			/* -1: none */
	off_t		file_len;
	StreamHash	hash;			/* of all that came */
	size_t	   *held;			/* bytes in memory of all pages of the session */
	off_t		read_at;
	bool		tail_read;
	char	   *read_buffer;
} PageBody;

extern void BodyInit(PageBody *body, size_t *held);
extern bool BodyAppend(PageBody *body, const char *data, size_t len);	/* false: no memory */
/* Write the buffer to the file; false when temp_file_limit is exceeded. */
extern bool BodySpill(PageBody *body);
extern bool BodyFinish(PageBody *body); /* no more will come; false as BodySpill */
extern uint64 BodyHash(const PageBody *body);
extern void BodyEmpty(PageBody *body);	/* forget what came */
extern void BodyRelease(PageBody *body);

#endif
