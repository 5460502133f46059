/*
 * byte_source.h
 *	  The source of the bytes of a page.
 */
#ifndef ELT_DECODE_BYTE_SOURCE_H
#define ELT_DECODE_BYTE_SOURCE_H

#include "postgres.h"

typedef struct ByteSource
{
	/* The next bytes, valid until the next call; false at the end. A chunk may be empty. */
	bool		(*next) (void *state, const char **data, size_t *len);
	/* Start again, for a second pass when a value comes after the rows that need it. */
	void		(*rewind) (void *state);
	void	   *state;
	/* Go on with a named part of the page; false: it has none. part NULL: may it have some? */
	bool		(*select) (void *state, const char *part);
	/* Bytes of all of it, any of which can be read; -1, or NULL: it is read from its beginning only. */
	int64		(*size) (void *state);
	/* Exactly these bytes, which lie within it; raises an error when they cannot be had. */
	void		(*read_at) (void *state, char *buffer, size_t len, int64 offset);
} ByteSource;

/* One chunk that the caller keeps; palloc'd in the current context. */
extern ByteSource *MemoryByteSource(const char *data, size_t len);

#endif
