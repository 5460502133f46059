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

/* The number of live rows of the target in scope that are missing from the batch. */
extern char *AbsentCount(const MergeShape *shape, const char *live, const char *scope);
/* Fill the work table with the missing keys. */
extern char *AbsentFind(const MergeShape *shape, const char *live, const char *scope);
/* The missing rows, in the form of a strategy's preview. */
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
