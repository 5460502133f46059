/*
 * thrift_write.h
 *	  Write structures in the compact protocol of Thrift, as the metadata of Parquet is written.
 *
 *		ThriftBegin(&t, &buffer);
 *		ThriftInt(&t, 1, rows);
 *		ThriftStruct(&t, 2);
 *		ThriftText(&t, 1, name);
 *		ThriftEnd(&t);
 *		ThriftEnd(&t);
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
extern void ThriftBegin(ThriftWriter *t, WriteBuffer *to);
/* End the innermost open structure. */
extern void ThriftEnd(ThriftWriter *t);

extern void ThriftBool(ThriftWriter *t, int field, bool value);
extern void ThriftByte(ThriftWriter *t, int field, int8 value);
extern void ThriftShort(ThriftWriter *t, int field, int16 value);
extern void ThriftInt(ThriftWriter *t, int field, int32 value);
extern void ThriftLong(ThriftWriter *t, int field, int64 value);
extern void ThriftBytes(ThriftWriter *t, int field, const char *data, size_t len);
extern void ThriftText(ThriftWriter *t, int field, const char *value);
extern void ThriftStruct(ThriftWriter *t, int field);

/* Begin a list of n elements, which follow without an end. */
extern void ThriftList(ThriftWriter *t, int field, ThriftType of, size_t n);
extern void ThriftItemBool(ThriftWriter *t, bool value);
extern void ThriftItemInt(ThriftWriter *t, int64 value);
extern void ThriftItemBytes(ThriftWriter *t, const char *data, size_t len);
extern void ThriftItemStruct(ThriftWriter *t);

#endif
