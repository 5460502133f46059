/*
 * absence_sql.h
 *	  The statements that find absent keys.
 */
#ifndef ELT_MERGE_ABSENCE_SQL_H
#define ELT_MERGE_ABSENCE_SQL_H

#include "postgres.h"
#include "merge/shape.h"

/* The work table of absent keys: the key's columns, and _key, the key as JSON. */
#define ABSENT "absent"

extern char *AbsentColumns(const MergeShape *shape);

/* How many live rows of the target in scope the batch lacks. */
extern char *AbsentCount(const MergeShape *shape, const char *live, const char *scope);
/* Fill the work table with the keys that the batch lacks. */
extern char *AbsentFind(const MergeShape *shape, const char *live, const char *scope);
/* The rows that the batch lacks, as a strategy's preview has them. */
extern char *AbsentRows(const MergeShape *shape, const char *live, const char *scope);
/* Staged rows without a whole key. */
extern char *NullKeyCount(const MergeShape *shape);
/* Live rows of the target in scope. */
extern char *LiveCount(const MergeShape *shape, const char *live, const char *scope);

/* Make the key's columns of the work table from _key. */
extern char *AbsentUnpack(const MergeShape *shape);
/* Leave of the work table what the batch has. */
extern char *AbsentKeepStaged(const MergeShape *shape);

#endif
