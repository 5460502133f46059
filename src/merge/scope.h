/*
 * scope.h
 *	  Which rows of its target a full load covers: only these can be missing from it.
 */
#ifndef ELT_MERGE_SCOPE_H
#define ELT_MERGE_SCOPE_H

#include "postgres.h"
#include "catalog/full_load.h"
#include "merge/shape.h"

/* Error unless it can be told of each row of the target whether a load asks for it. */
extern void ScopeCheck(const Pipeline *p, const SourceDefinition *source);

/*
 * Condition over a row t of the target: what these combinations of params (JSON array) and the
 * load's windows ask for, and retention keeps.
 */
extern char *ScopeCondition(const MergeShape *shape, const FullLoad *load,
							const char *combinations);

/* Does the load cover the keys alone whose parents have changed? */
extern bool ScopeIsOfChanges(const Pipeline *p);

/* Do combinations of params tell rows of the target apart? */
extern bool ScopeHasParams(const MergeShape *shape);

#endif
