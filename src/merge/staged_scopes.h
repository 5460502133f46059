/*
 * staged_scopes.h
 *	  The scopes that a batch replaces, and rows of it that others replace.
 *
 * A scope is all rows with the same values in the columns of replace_by; rows with null in one of
 * them are of one scope too.
 */
#ifndef ELT_MERGE_STAGED_SCOPES_H
#define ELT_MERGE_STAGED_SCOPES_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "check/quarantine.h"
#include "merge/replaced.h"
#include "merge/shape.h"

extern Replaced *StagedScopes(const MergeShape *shape);

/* Staged rows of scopes of which a later answer of the batch has all rows. */
extern BadRows *SupersededRows(const MergeShape *shape);

/* Why rows that some answers lack are not deleted, as a sentence; NULL: all are. */
extern char *StagedScopesDoubt(const Replaced *r);
/* Say so, in the run too. */
extern void StagedScopesTellDoubt(const Pipeline *p, const Replaced *r);
/* Say that so many rows gave way to those of a later slice. */
extern void StagedScopesTellRepeated(const Pipeline *p, int64 rows);

/* Say that so many missing rows are still there, if any. */
extern void StagedScopesTellKept(const Pipeline *p, int64 kept);

#endif
