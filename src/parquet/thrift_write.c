/*
 * thrift_write.c
 *	  Write structures in the compact protocol of Thrift.
 */
#include "base/compat.h"
#include "parquet/thrift_write.h"

/* Beyond these, a number of its own follows the byte. */
#define MAX_SHORT_STEP 15
#define MAX_SHORT_LIST 14

void
ThriftWriteBegin(ThriftWriter *t, WriteBuffer *to)
{
	memset(t, 0, sizeof(ThriftWriter));
	t->to = to;
}

static void
Open(ThriftWriter *t)
{
	Assert(t->depth + 1 < THRIFT_MAX_DEPTH);
	t->last[++t->depth] = 0;
}

void
ThriftWriteEnd(ThriftWriter *t)
{
	WriteBufferAddByte(t->to, THRIFT_STOP);
	t->depth--;
}

static void
AddField(ThriftWriter *t, int field, ThriftType type)
{
	int			step = field - t->last[t->depth];

	Assert(step > 0);
	if (step <= MAX_SHORT_STEP)
		WriteBufferAddByte(t->to, step << 4 | type);
	else
	{
		WriteBufferAddByte(t->to, type);
		WriteBufferAddZigzag(t->to, field);
	}
	t->last[t->depth] = field;
}

void
ThriftAddBool(ThriftWriter *t, int field, bool value)
{
	AddField(t, field, value ? THRIFT_TRUE : THRIFT_FALSE);
}

void
ThriftAddByte(ThriftWriter *t, int field, int8 value)
{
	AddField(t, field, THRIFT_BYTE);
	WriteBufferAddByte(t->to, (uint8) value);
}

void
ThriftAddInt(ThriftWriter *t, int field, int32 value)
{
	AddField(t, field, THRIFT_I32);
	WriteBufferAddZigzag(t->to, value);
}

void
ThriftAddLong(ThriftWriter *t, int field, int64 value)
{
	AddField(t, field, THRIFT_I64);
	WriteBufferAddZigzag(t->to, value);
}

void
ThriftAddBytes(ThriftWriter *t, int field, const char *data, size_t len)
{
	AddField(t, field, THRIFT_BINARY);
	ThriftAddItemBytes(t, data, len);
}

void
ThriftAddText(ThriftWriter *t, int field, const char *value)
{
	ThriftAddBytes(t, field, value, strlen(value));
}

void
ThriftAddStruct(ThriftWriter *t, int field)
{
	AddField(t, field, THRIFT_STRUCT);
	Open(t);
}

void
ThriftAddList(ThriftWriter *t, int field, ThriftType of, size_t n)
{
	AddField(t, field, THRIFT_LIST);
	if (n <= MAX_SHORT_LIST)
	{
		WriteBufferAddByte(t->to, n << 4 | of);
		return;
	}
	WriteBufferAddByte(t->to, 0xf0 | of);
	WriteBufferAddVarint(t->to, n);
}

void
ThriftAddItemBool(ThriftWriter *t, bool value)
{
	WriteBufferAddByte(t->to, value ? THRIFT_TRUE : THRIFT_FALSE);
}

void
ThriftAddItemInt(ThriftWriter *t, int64 value)
{
	WriteBufferAddZigzag(t->to, value);
}

void
ThriftAddItemBytes(ThriftWriter *t, const char *data, size_t len)
{
	WriteBufferAddVarint(t->to, len);
	WriteBufferAdd(t->to, data, len);
}

void
ThriftAddItemStruct(ThriftWriter *t)
{
	Open(t);
}
