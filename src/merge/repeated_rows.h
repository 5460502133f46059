/*
 * repeated_rows.h
 *	  The staged rows whose key another row of the batch has, apart from all others.
 *
 * When they are few, only they are sorted to find the row of each key that counts.
 */
#ifndef ELT_MERGE_REPEATED_ROWS_H
#define ELT_MERGE_REPEATED_ROWS_H

#include "postgres.h"
#include "merge/shape.h"
#include "storage/itemptr.h"

typedef struct RepeatedRows
{
	int64		count;
	int64		most;			/* more are not worth it */
	ItemPointerData *tids;
	char	   *table;			/* that they were put into, as "tid"; NULL: they are not apart */
} RepeatedRows;

/* Of a batch of so many rows, in the current memory context. */
extern RepeatedRows *RepeatedRowsBegin(int64 rows);
extern void RepeatedRowsAdd(RepeatedRows *repeated, ItemPointer tid);

/* Put them into the work table, if there are some and they are few. */
extern void RepeatedRowsStore(RepeatedRows *repeated, const MergeShape *shape);
/* Empty it. */
extern void RepeatedRowsEnd(const RepeatedRows *repeated, const MergeShape *shape);
/* Statements that store them as well, and that empty the table; for people. */
extern void RepeatedRowsText(RepeatedRows *repeated, const MergeShape *shape, StringInfo text);
extern void RepeatedRowsEndText(const RepeatedRows *repeated, StringInfo text);

extern bool RepeatedRowsAreApart(const RepeatedRows *repeated);
/* "ctid = ANY (...)" of those that are apart, "ctid NOT IN (...)" of all others. */
extern char *IsRepeated(const RepeatedRows *repeated);
extern char *IsNotRepeated(const RepeatedRows *repeated);

#endif
