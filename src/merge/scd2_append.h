/*
 * scd2_append.h
 *	  The common case of a history: rows that are newer than all that is known of their key.
 */
#ifndef ELT_MERGE_SCD2_APPEND_H
#define ELT_MERGE_SCD2_APPEND_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "merge/batch.h"
#include "merge/scd2_shape.h"

typedef struct AppendCounts
{
	int64		inserted;
	int64		unchanged;
	int64		deleted;
	int64		left;			/* rows in the work table "left" */
} AppendCounts;

/*
 * The statement that lands the only row of each key that is newer than what was observed of it,
 * and puts all other rows into the work table "left".
 */
extern char *Scd2AppendSql(const Scd2 *scd, const BatchFacts *facts);
extern void Scd2Append(const Scd2 *scd, const BatchFacts *facts, AppendCounts *counts);

/* Versions that begin with a row of classified, with its _new_sk; more: columns besides. */
extern void Scd2AppendOpened(StringInfo sql, const Scd2 *scd, const char *more);

/*
 * Facts of the time from a row on belong to another version, or to one at last: -1 is none. rows
 * stand after FROM.
 */
extern void Scd2AppendRestated(StringInfo sql, const Scd2 *scd, const char *rows);

/* The staged rows with their state, in the key's order; alone says if a row's key comes once. */
extern char *Scd2StagedStates(const Scd2 *scd, const char *alone);

#endif
