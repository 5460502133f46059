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
 * Insert them. False, and nothing is done, where others have given the partition what only a statement
 * takes care of, such as triggers.
 */
extern bool ChangesInsert(const ChangeFacts *facts, const ChangedRows *rows);

#endif
