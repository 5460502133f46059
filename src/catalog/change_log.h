/*
 * change_log.h
 *	  The change log of a target; the only reader of elt_catalog.change_log.
 */
#ifndef ELT_CATALOG_CHANGE_LOG_H
#define ELT_CATALOG_CHANGE_LOG_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

typedef struct ChangeLog
{
	Oid			relation;		/* whose changes they are */
	Oid			log;			/* partitioned table with the rows of changes */
	Oid			commits;		/* table with the time of each transaction */
	Oid			numbers;		/* sequence of changes */
	Oid			changes;		/* view; invalid while it is made again */
	char	   *as_of;			/* name of the function in the schema of the log, or NULL */
	List	   *key;			/* char *, NIL: rows are compared as a whole */
	bool		has_tombstones; /* rows with _deleted count as deleted */
	TimestampTz started_at;
} ChangeLog;

/* NULL: its changes are not logged. */
extern ChangeLog *ChangeLogOf(Oid relation);
/* Raises an error when its changes are not logged. */
extern ChangeLog *ChangeLogRequired(Oid relation);
/* Has a table the rows of changes of another one? */
extern bool IsChangeLog(Oid log);
/* Targets with a log (Oid) that exist. */
extern List *ChangeLogTargets(void);
extern void ChangeLogInsert(const ChangeLog *log);
/* Store the view and the function, which are made again when columns change. */
extern void ChangeLogStore(const ChangeLog *log);
extern void ChangeLogDelete(Oid relation);
/* Rows of targets that were dropped. */
extern void ChangeLogForgetDropped(void);
/* The longest option change_log of the pipelines of a target, or NULL. */
extern Interval *ChangeLogWanted(Oid relation);

#endif
