/*
 * pgoutput.h
 *	  Messages of PostgreSQL's own logical decoding plugin.
 *
 * A message is read in place: what it points to lives as long as its bytes. One that ends early or is
 * not known raises an error.
 */
#ifndef ELT_SOURCE_LOGICAL_PGOUTPUT_H
#define ELT_SOURCE_LOGICAL_PGOUTPUT_H

#include "postgres.h"
#include "access/xlogdefs.h"
#include "datatype/timestamp.h"
#include "lib/stringinfo.h"

typedef struct OutputReader
{
	const char *at;
	const char *end;
} OutputReader;

extern uint8 OutputByte(OutputReader *r);
extern uint32 OutputInt32(OutputReader *r);
extern uint64 OutputInt64(OutputReader *r);

/* A value of a tuple. */
typedef enum OutputKind
{
	OUTPUT_NULL,
	OUTPUT_UNCHANGED,			/* stored out of line, and not in the message */
	OUTPUT_TEXT
} OutputKind;

typedef struct OutputValue
{
	OutputKind	kind;
	const char *text;
	int			len;
} OutputValue;

typedef struct OutputTuple
{
	int			count;
	int			room;			/* values that are allocated */
	MemoryContext cxt;			/* where; set by the caller */
	OutputValue *values;
} OutputTuple;

/* With so many values, all null. */
extern void OutputTupleClear(OutputTuple *tuple, int count);
extern void OutputTupleRead(OutputReader *r, OutputTuple *tuple);

typedef struct OutputBegin
{
	XLogRecPtr	commit;
	TimestampTz committed_at;
	uint32		xid;
} OutputBegin;

extern OutputBegin OutputBeginRead(OutputReader *r);
/* The same as a message, of the transaction that this message commits. */
extern void OutputBeginWrite(StringInfo message, OutputReader *commit, uint32 xid);
/* Where the transaction ends. */
extern XLogRecPtr OutputCommitRead(OutputReader *r);

typedef struct OutputRelation
{
	uint32		id;				/* key in a hash table */
	char	   *schema;
	char	   *table;
	int			count;
	char	  **columns;		/* names */
	char	  **types;			/* as this server names them; NULL: not known */
} OutputRelation;

/* All of it in the current context. */
extern void OutputRelationRead(OutputReader *r, OutputRelation *relation);

#endif
