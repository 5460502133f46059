/*
 * change_insert.h
 *	  Insert changed rows into a change log.
 */
#ifndef ELT_CHANGE_CHANGE_INSERT_H
#define ELT_CHANGE_CHANGE_INSERT_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "catalog/change_log.h"
#include "datatype/timestamp.h"
#include "utils/tuplestore.h"

/* What all rows of a statement have in common. */
typedef struct ChangeFacts
{
	const ChangeLog *log;
	Oid			part;			/* partition of the log for this time */
	int64		commit_id;
	TimestampTz at;
	int64		run_id;			/* 0: none */
} ChangeFacts;

/* Rows, in their order, and what each is logged as. */
typedef struct ChangedRows
{
	TupleDesc	desc;			/* of the table */
	Tuplestorestate *rows;
	Tuplestorestate *beside;	/* as many rows, the other side of an update; or NULL */
	AttrNumber	deleted;		/* column of tombstones, or 0 */
	char		tombstone;		/* a row that is one */
	char		beside_tombstone;	/* a row beside one */
	char		other;
} ChangedRows;

/*
 * Insert them. Returns false, having inserted nothing, if users have added something to the partition that
 * takes an INSERT statement, such as a trigger.
 */
extern bool ChangesInsert(const ChangeFacts *facts, const ChangedRows *rows);

#endif
