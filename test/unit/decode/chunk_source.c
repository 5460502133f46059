/*
 * chunk_source.c
 *	  Bytes in chunks of a given size, each in memory that is overwritten by the next.
 */
#include "postgres.h"

#include "chunk_source.h"

typedef struct ChunkSource
{
	const char *data;
	size_t		len;
	size_t		chunk;
	size_t		at;
	char	   *buf;
} ChunkSource;

static bool
ChunkNext(void *state, const char **data, size_t *len)
{
	ChunkSource *s = state;
	size_t		n = Min(s->chunk, s->len - s->at);

	memset(s->buf, 'x', s->chunk);
	if (n == 0)
		return false;
	memcpy(s->buf, s->data + s->at, n);
	s->at += n;
	*data = s->buf;
	*len = n;
	return true;
}

static void
ChunkRewind(void *state)
{
	((ChunkSource *) state)->at = 0;
}

ByteSource *
ChunkByteSource(const char *data, size_t len, size_t chunk)
{
	ByteSource *source = palloc(sizeof(ByteSource));
	ChunkSource *s = palloc0(sizeof(ChunkSource));

	if (chunk == 0)
		return MemoryByteSource(data, len);
	s->data = data;
	s->len = len;
	s->chunk = chunk;
	s->buf = palloc(s->chunk);
	source->next = ChunkNext;
	source->rewind = ChunkRewind;
	source->state = s;
	return source;
}
