/*
 * change_rows.h
 *	  Turn messages of a stream into rows of the tables that are read from it.
 */
#ifndef ELT_SOURCE_LOGICAL_CHANGE_ROWS_H
#define ELT_SOURCE_LOGICAL_CHANGE_ROWS_H

#include "postgres.h"
#include "access/xlogdefs.h"
#include "datatype/timestamp.h"
#include "decode/row_batch.h"
#include "source/definition.h"
#include "source/row_fields.h"

struct OutputTuple;
typedef struct ChangeRows ChangeRows;

/* In the current memory context. */
extern ChangeRows *ChangeRowsCreate(void);

/* Read a table too; returns its number, from 0. */
extern int	ChangeRowsAddTable(ChangeRows *c, const SourceDefinition *def);
/*
 * The transactions to come were committed after this time, and not later than the clock of the server says,
 * which is that much ahead of ours (microseconds); what they say themselves may be another clock's.
 */
extern void ChangeRowsStartAt(ChangeRows *c, TimestampTz at, int64 ahead);
/* That of the last one. */
extern TimestampTz ChangeRowsTime(const ChangeRows *c);
/* Where its rows go from now on. */
extern void ChangeRowsInto(ChangeRows *c, int table, RowBatch *rows);

extern int	ChangeRowsTables(const ChangeRows *c);
extern const SourceDefinition *ChangeRowsTable(const ChangeRows *c, int table);

/*
 * Begin to read rows of a table as they are, with these columns (char *), as if a transaction had
 * inserted them; count of them have been read before. unread are its other columns (UnreadField *).
 */
extern void ChangeRowsBeginTable(ChangeRows *c, int table, List *columns, List *unread,
								 XLogRecPtr lsn, TimestampTz at, int64 count);
/* A row of it. */
extern void ChangeRowsTakeRow(ChangeRows *c, struct OutputTuple *row);

/* Another fill begins, with all rows of the one before staged; batch: or another batch, with none. */
extern void ChangeRowsBegin(ChangeRows *c, bool batch);
/* Have all batches room for the rows of another message? */
extern bool ChangeRowsHaveRoom(const ChangeRows *c);
/*
 * Delete rows of tables that were truncated, before another message is read. False: not all are deleted,
 * go on with the next fill.
 */
extern bool ChangeRowsTruncate(ChangeRows *c);
/* Read a message. True: it was the end of a transaction, *end. */
extern bool ChangeRowsTake(ChangeRows *c, const char *message, size_t len, XLogRecPtr *end);
/* Convert what is left to be converted. */
extern void ChangeRowsFinish(ChangeRows *c);
/* What the rows of the batch had of a table; NULL: it is not read. */
extern const RowFields *ChangeRowsFields(const ChangeRows *c, const SourceDefinition *def);
/* Rows so far. */
extern int64 ChangeRowsCount(const ChangeRows *c);

#endif
