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

/* Say that rows which some answers lack are not deleted, and why. */
extern void StagedScopesTell(const Pipeline *p, const Replaced *r);

#endif
