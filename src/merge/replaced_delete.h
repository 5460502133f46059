/*
 * replaced_delete.h
 *	  Delete rows that a batch replaces, and count those that its own run has written.
 */
#ifndef ELT_MERGE_REPLACED_DELETE_H
#define ELT_MERGE_REPLACED_DELETE_H

#include "postgres.h"
#include "merge/replaced.h"
#include "merge/shape.h"

/* Of a DELETE of rows t, and of what its conditions begin with: "scope AS (...), " or "". */
extern char *ReplacedDeleteSql(const MergeShape *shape, const char *with, const char *statement);
/* Run it and tell of rows that a later batch of the run took out; returns how many went in all. */
extern int64 ReplacedDelete(const MergeShape *shape, const Replaced *r, const char *sql);

#endif
