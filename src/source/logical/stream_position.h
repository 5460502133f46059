/*
 * stream_position.h
 *	  How far a stream has landed: the LSN, and where tables are still being read as they are.
 *
 * As a text it is that LSN with the time of its commit, or during the initial load a JSON object, and
 * before it CREATING.
 */
#ifndef ELT_SOURCE_LOGICAL_STREAM_POSITION_H
#define ELT_SOURCE_LOGICAL_STREAM_POSITION_H

#include "postgres.h"
#include "access/xlogdefs.h"
#include "datatype/timestamp.h"
#include "source/logical/key_range.h"

typedef struct StreamPosition
{
	bool		is_creating;	/* the slot is about to be created, nothing else is set */
	XLogRecPtr	lsn;			/* changes are read from there on */
	bool		is_loading;		/* the tables first */
	TimestampTz at;				/* time of their rows, or of the last transaction; later ones are later */
	char	   *table;			/* pipeline whose table is being read, or NULL: none yet */
	List	   *ranges;			/* KeyRange *, what is left of it */
	int64		count;			/* rows that have landed of all tables */
} StreamPosition;

/* text may be NULL: nothing has landed. */
extern StreamPosition StreamPositionRead(const char *text);
/* Of a transaction that ends there. */
extern StreamPosition StreamPositionAt(XLogRecPtr lsn, TimestampTz at);
extern char *StreamPositionText(const StreamPosition *position);

#endif
