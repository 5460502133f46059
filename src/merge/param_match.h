/*
 * param_match.h
 *	  Rows of a target by the combinations of params that they were requested with.
 */
#ifndef ELT_MERGE_PARAM_MATCH_H
#define ELT_MERGE_PARAM_MATCH_H

#include "postgres.h"
#include "merge/shape.h"

/* "t.country = 'de'::text", "(t.country, t.area) IN (...)" of combinations (char *, JSON). */
extern char *ParamMatch(const MergeShape *shape, const char *alias, List *combinations);

#endif
