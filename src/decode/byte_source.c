/*
 * byte_source.c
 *	  A byte source for a page in memory.
 */
#include "postgres.h"

#include "decode/byte_source.h"

typedef struct MemorySource
{
	const char *data;
	size_t		len;
	bool		done;
} MemorySource;

static bool
MemoryNext(void *state, const char **data, size_t *len)
{
	MemorySource *source = state;

	if (source->done)
		return false;
	source->done = true;
	*data = source->data;
	*len = source->len;
	return true;
}

static void
MemoryRewind(void *state)
{
	((MemorySource *) state)->done = false;
}

static int64
MemorySize(void *state)
{
	return ((MemorySource *) state)->len;
}

static void
MemoryReadAt(void *state, char *buffer, size_t len, int64 offset)
{
	memcpy(buffer, ((MemorySource *) state)->data + offset, len);
}

ByteSource *
MemoryByteSource(const char *data, size_t len)
{
	ByteSource *source = palloc(sizeof(ByteSource));
	MemorySource *memory = palloc(sizeof(MemorySource));

	memory->data = data;
	memory->len = len;
	memory->done = false;
	source->next = MemoryNext;
	source->rewind = MemoryRewind;
	source->select = NULL;
	source->size = MemorySize;
	source->read_at = MemoryReadAt;
	source->state = memory;
	return source;
}
