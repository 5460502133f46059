/*
 * parquet_write_buffer.h
 *	  Bytes that grow at their end, beyond 1 GB if they must.
 */
#ifndef ELT_PARQUET_PARQUET_WRITE_BUFFER_H
#define ELT_PARQUET_PARQUET_WRITE_BUFFER_H

#include "postgres.h"

typedef struct WriteBuffer
{
	char	   *data;
	size_t		len;
	size_t		size;
	MemoryContext cxt;
} WriteBuffer;

extern void WriteBufferInit(WriteBuffer *buffer, MemoryContext cxt);
extern void WriteBufferGrow(WriteBuffer *buffer, size_t more);
/* Empty it, and give memory back beyond so much. */
extern void WriteBufferReset(WriteBuffer *buffer, size_t keep);

/* Where the next so many bytes go; they count when the caller adds them to len. */
static inline char *
WriteBufferReserve(WriteBuffer *buffer, size_t more)
{
	if (unlikely(buffer->size - buffer->len < more))
		WriteBufferGrow(buffer, more);
	return buffer->data + buffer->len;
}

static inline void
WriteBufferAdd(WriteBuffer *buffer, const void *data, size_t len)
{
	memcpy(WriteBufferReserve(buffer, len), data, len);
	buffer->len += len;
}

static inline void
WriteBufferAddByte(WriteBuffer *buffer, uint8 byte)
{
	*WriteBufferReserve(buffer, 1) = (char) byte;
	buffer->len++;
}

/* Numbers are stored with their lowest byte first. */
static inline void
WriteBufferAddInt32(WriteBuffer *buffer, uint32 value)
{
	char	   *to = WriteBufferReserve(buffer, 4);

	for (int i = 0; i < 4; i++)
		to[i] = (char) (value >> (8 * i));
	buffer->len += 4;
}

static inline void
WriteBufferAddInt64(WriteBuffer *buffer, uint64 value)
{
	char	   *to = WriteBufferReserve(buffer, 8);

	for (int i = 0; i < 8; i++)
		to[i] = (char) (value >> (8 * i));
	buffer->len += 8;
}

/* Seven bits a byte, lowest first. */
static inline void
WriteBufferAddVarint(WriteBuffer *buffer, uint64 value)
{
	for (; value >= 0x80; value >>= 7)
		WriteBufferAddByte(buffer, (uint8) (value | 0x80));
	WriteBufferAddByte(buffer, (uint8) value);
}

/* The same for a number that may be negative. */
static inline void
WriteBufferAddZigzag(WriteBuffer *buffer, int64 value)
{
	WriteBufferAddVarint(buffer, ((uint64) value << 1) ^ (uint64) (value >> 63));
}

#endif
