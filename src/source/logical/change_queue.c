/*
 * change_queue.c
 *	  Keep messages of a stream in blocks of memory until they are read.
 */
#include "base/compat.h"
#include "source/logical/change_queue.h"

#include "nodes/pg_list.h"
#include "utils/memutils.h"

#define BLOCK_BYTES (256 * 1024)

typedef struct Block
{
	struct Block *next;
	size_t		size;
	size_t		end;			/* of what was written */
	size_t		at;				/* where the next message is read */
	char		data[FLEXIBLE_ARRAY_MEMBER];
} Block;

/* Before each message. */
typedef struct Header
{
	size_t		len;
	char		kind;
} Header;

struct ChangeQueue
{
	MemoryContext cxt;
	Block	   *first;			/* NULL: there is none */
	Block	   *last;
	Block	   *spare;			/* to be used again, or NULL */
	size_t		bytes;
};

ChangeQueue *
ChangeQueueCreate(void)
{
	ChangeQueue *q = palloc0(sizeof(ChangeQueue));

	q->cxt = CurrentMemoryContext;
	return q;
}

static Block *
NewBlock(ChangeQueue *q, size_t size)
{
	Block	   *block = q->spare;

	if (size <= BLOCK_BYTES && block != NULL)
		q->spare = NULL;
	else
	{
		size = Max(size, BLOCK_BYTES);
		block = MemoryContextAllocHuge(q->cxt, offsetof(Block, data) + size);
		block->size = size;
	}
	block->next = NULL;
	block->at = block->end = 0;
	return block;
}

static void
AddBlock(ChangeQueue *q, size_t size)
{
	Block	   *block = NewBlock(q, size);

	if (q->last == NULL)
		q->first = block;
	else
		q->last->next = block;
	q->last = block;
}

static size_t
SizeOf(size_t len)
{
	return MAXALIGN(sizeof(Header) + len);
}

void
ChangeQueueAdd(ChangeQueue *q, char kind, const char *message, size_t len)
{
	size_t		size = SizeOf(len);
	Header		header = {len, kind};

	if (q->last == NULL || q->last->size - q->last->end < size)
		AddBlock(q, size);
	memcpy(q->last->data + q->last->end, &header, sizeof(header));
	memcpy(q->last->data + q->last->end + sizeof(header), message, len);
	q->last->end += size;
	q->bytes += size;
}

static void
DropFirst(ChangeQueue *q)
{
	Block	   *block = q->first;

	q->first = block->next;
	if (q->first == NULL)
		q->last = NULL;
	if (q->spare == NULL && block->size == BLOCK_BYTES)
		q->spare = block;
	else
		pfree(block);
}

const char *
ChangeQueueNext(ChangeQueue *q, char *kind, size_t *len)
{
	const char *message;
	Block	   *block;
	Header		header;

	while (q->first != NULL && q->first->at == q->first->end)
		DropFirst(q);
	block = q->first;
	if (block == NULL)
		return NULL;
	memcpy(&header, block->data + block->at, sizeof(header));
	message = block->data + block->at + sizeof(header);
	block->at += SizeOf(header.len);
	q->bytes -= SizeOf(header.len);
	*kind = header.kind;
	*len = header.len;
	return message;
}

size_t
ChangeQueueBytes(const ChangeQueue *q)
{
	return q->bytes;
}
