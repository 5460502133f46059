/*
 * parquet_write_buffer.c
 *	  Bytes that grow at their end, beyond 1 GB if they must.
 */
#include "base/compat.h"
#include "parquet/parquet_write_buffer.h"

#include "utils/memutils.h"

#define FIRST_SIZE 256

void
WriteBufferInit(WriteBuffer *buffer, MemoryContext cxt)
{
	memset(buffer, 0, sizeof(WriteBuffer));
	buffer->cxt = cxt;
}

void
WriteBufferGrow(WriteBuffer *buffer, size_t more)
{
	size_t		size = Max(buffer->size + buffer->size / 2, FIRST_SIZE);

	size = Max(size, buffer->len + more);
	if (buffer->data == NULL)
		buffer->data = MemoryContextAllocHuge(buffer->cxt, size);
	else
		buffer->data = repalloc_huge(buffer->data, size);
	buffer->size = size;
}

void
WriteBufferReset(WriteBuffer *buffer, size_t keep)
{
	buffer->len = 0;
	if (buffer->size <= keep)
		return;
	pfree(buffer->data);
	buffer->data = NULL;
	buffer->size = 0;
}
