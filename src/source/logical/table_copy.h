/*
 * table_copy.h
 *	  Read the tables of a stream as they are, before their changes.
 */
#ifndef ELT_SOURCE_LOGICAL_TABLE_COPY_H
#define ELT_SOURCE_LOGICAL_TABLE_COPY_H

#include "postgres.h"
#include "source/logical/change_queue.h"
#include "source/logical/change_rows.h"
#include "source/logical/stream_position.h"

typedef struct TableCopy TableCopy;

/*
 * Go on from a position; snapshot is the name of one that the server has exported, or NULL: tables are
 * read as they are now. In the current memory context.
 */
extern TableCopy *TableCopyOpen(const SourceDefinition *def, ChangeRows *rows,
								const StreamPosition *position, const char *snapshot);
extern void TableCopyClose(TableCopy *copy);

/* Take what has come, without waiting, as long as fewer bytes than these are queued. */
extern void TableCopyReceive(TableCopy *copy, size_t bytes);
extern void TableCopyWait(TableCopy *copy, long milliseconds);
extern ChangeQueue *TableCopyQueue(TableCopy *copy);
/* Have all rows been received? */
extern bool TableCopyHasEnded(const TableCopy *copy);

/* Read a message of the queue. */
extern void TableCopyTake(TableCopy *copy, char kind, const char *message, size_t len);
/* Can it go on after the rows that were read? */
extern bool TableCopyMayPause(const TableCopy *copy);
/* Where it goes on, in the current context. */
extern StreamPosition TableCopyPosition(TableCopy *copy);
extern int64 TableCopyBytes(const TableCopy *copy);

#endif
