/*
 * thrift_read.h
 *	  Read the compact protocol of Thrift from memory.
 *
 * A fault is kept: after it, everything reads as zero and every struct ends, so that callers look once,
 * at the end.
 */
#ifndef ELT_PARQUET_THRIFT_READ_H
#define ELT_PARQUET_THRIFT_READ_H

#include "postgres.h"
#include "parquet/parquet_format.h"

typedef struct ThriftReader
{
	const uint8 *at;
	const uint8 *end;
	bool		cut;			/* the bytes end before what they hold does */
	const char *fault;			/* or what is wrong with them; NULL: nothing so far */
} ThriftReader;

/* A field of a struct; zero before the first one. */
typedef struct ThriftField
{
	int			id;
	ThriftType	type;
} ThriftField;

extern void ThriftReadBegin(ThriftReader *reader, const void *bytes, size_t len);

static inline bool
ThriftFailed(const ThriftReader *reader)
{
	return reader->cut || reader->fault != NULL;
}

/* Go on to the next field; false at the end of the struct. What is read of a field is read whole. */
extern bool ThriftReadField(ThriftReader *reader, ThriftField *field);

extern bool ThriftReadBool(ThriftReader *reader, const ThriftField *field);
extern int64 ThriftReadInt(ThriftReader *reader, const ThriftField *field);
/* The same; a number that is no int32 is a fault. */
extern int32 ThriftReadInt32(ThriftReader *reader, const ThriftField *field);
/* Bytes within those that are read. */
extern const char *ThriftReadBytes(ThriftReader *reader, const ThriftField *field, size_t *len);
/* The number of elements that follow, each of at least one byte; all have this type. */
extern int	ThriftReadList(ThriftReader *reader, const ThriftField *field, ThriftType element);
/* A struct follows, as a field. */
extern void ThriftReadStruct(ThriftReader *reader, const ThriftField *field);
extern void ThriftReadPast(ThriftReader *reader, const ThriftField *field);

extern void ThriftFail(ThriftReader *reader, const char *fault);

#endif
