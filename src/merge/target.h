/*
 * target.h
 *	  The table that a pipeline merges into: created when absent, compared when present.
 */
#ifndef ELT_MERGE_TARGET_H
#define ELT_MERGE_TARGET_H

#include "postgres.h"
#include "catalog/pipeline.h"

/*
 * Find target_name (as to_regclass does, with the caller's search_path), or create it as owner
 * with the source's columns, _run_id, _loaded_at and the key as primary key, partitioned by
 * range of partition_by when that is given. A table that does not fit is an error that lists
 * every difference. With delete_when it has a column _deleted, and a view <target>_live shows
 * the rows that are not deleted. One that is created has the indexes by which a merge finds
 * tombstones, and the rows of windows or scopes by the columns of replaced_by. The pipeline need not
 * be in the catalogue.
 */
extern Oid	TargetEnsure(const char *target_name, const Pipeline *p, List *replaced_by);

/* Is there an index that begins with these columns, by which rows of the same values are found? */
extern bool TargetHasIndexOn(Oid target, List *columns);

/*
 * The table of that name, found as TargetEnsure does, or InvalidOid; *quoted is its name with the
 * schema. What cannot be a target is an error.
 */
extern Oid	TargetFind(const char *target_name, char **quoted);

/* CREATE a target or an index of it as owner, in default_tablespace of the caller's session. */
extern void TargetCreate(const char *statement, Oid owner);

/* False when there is no row for any snapshot, as no table of it has a block. */
extern bool TargetMayHaveRows(Oid target);

/* Error when a relation is no table that rows can be merged into. */
extern void TargetCheckKind(Oid target);

/* Error that lists every difference between a target and what a pipeline needs. */
extern void TargetCheck(Oid target, const Pipeline *p);

/* First column of the unique index on exactly these columns; NULL without one. */
extern char *TargetLeadingColumn(Oid target, List *key);

#endif
