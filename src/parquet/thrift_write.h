/*
 * thrift_write.h
 *	  Write structures in the compact protocol of Thrift, as the metadata of Parquet is written.
 *
 *		ThriftWriteBegin(&t, &buffer);
 *		ThriftAddInt(&t, 1, rows);
 *		ThriftAddStruct(&t, 2);
 *		ThriftAddText(&t, 1, name);
 *		ThriftWriteEnd(&t);
 *		ThriftWriteEnd(&t);
 *
 * Fields of a structure come in ascending order.
 */
#ifndef ELT_PARQUET_THRIFT_WRITE_H
#define ELT_PARQUET_THRIFT_WRITE_H

#include "postgres.h"
#include "parquet/parquet_format.h"
#include "parquet/parquet_write_buffer.h"

#define THRIFT_MAX_DEPTH 16

typedef struct ThriftWriter
{
	WriteBuffer *to;
	int			depth;			/* of open structures */
	int			last[THRIFT_MAX_DEPTH]; /* field that was written last in each */
} ThriftWriter;

/* Begin the outermost structure. */
extern void ThriftWriteBegin(ThriftWriter *t, WriteBuffer *to);
/* End the innermost open structure. */
extern void ThriftWriteEnd(ThriftWriter *t);

extern void ThriftAddBool(ThriftWriter *t, int field, bool value);
extern void ThriftAddByte(ThriftWriter *t, int field, int8 value);
extern void ThriftAddInt(ThriftWriter *t, int field, int32 value);
extern void ThriftAddLong(ThriftWriter *t, int field, int64 value);
extern void ThriftAddBytes(ThriftWriter *t, int field, const char *data, size_t len);
extern void ThriftAddText(ThriftWriter *t, int field, const char *value);
extern void ThriftAddStruct(ThriftWriter *t, int field);

/* Begin a list of n elements, which follow without an end. */
extern void ThriftAddList(ThriftWriter *t, int field, ThriftType of, size_t n);
extern void ThriftAddItemBool(ThriftWriter *t, bool value);
extern void ThriftAddItemInt(ThriftWriter *t, int64 value);
extern void ThriftAddItemBytes(ThriftWriter *t, const char *data, size_t len);
extern void ThriftAddItemStruct(ThriftWriter *t);

#endif
