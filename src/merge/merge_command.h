/*
 * merge_command.h
 *	  A merge as one MERGE: a single join, whose rows are written as they come.
 */
#ifndef ELT_MERGE_MERGE_COMMAND_H
#define ELT_MERGE_MERGE_COMMAND_H

#include "postgres.h"
#include "merge/batch.h"

/* Is a row that is written to the target stored here, and nothing else done? */
extern bool TargetIsHere(Oid target);

/*
 * May the target be written this way? Not when rows are told apart by more than new and changed,
 * since MERGE counts what it wrote and nothing else; nor when it is distributed or has rules.
 */
extern bool MergeCommandFits(const MergeShape *shape);

extern char *MergeCommandSql(const MergeShape *shape, const BatchFacts *facts);

/* Run it; what it wrote is added to the counts. */
extern void MergeCommandRun(const MergeShape *shape, const char *sql, int64 *inserted,
							int64 *updated);

#endif
