/*
 * reject_set.h
 *	  Which rejects a command is about.
 */
#ifndef ELT_CATALOG_REJECT_SET_H
#define ELT_CATALOG_REJECT_SET_H

#include "postgres.h"
#include "base/sql_numbers.h"
#include "catalog/pipeline.h"

/* A set of rejects: those of a pipeline, or one. */
typedef struct RejectSet
{
	const char *condition;		/* over elt.rejects, as the current user; NULL: all */
	int64		id;				/* of the only one; 0: not given */
} RejectSet;

/* By its own row, of which no stretch says otherwise; elt_catalog.open_reject has them all. */
#define REJECT_IS_OPEN(j) \
	j ".state in ('new', 'fixed') and" \
	" not exists (select from elt_catalog.reject_settled z" \
	" where z.pipeline_id = " j ".pipeline_id and " j ".id between z.first_id and z.last_id)"

/* What a set has beside being open. */
typedef struct ChosenIds
{
	bool		is_all;			/* nothing */
	SqlNumbers	ids;
} ChosenIds;

/* Raises an error when the condition is not a condition. */
extern ChosenIds ChosenIdsOf(const Pipeline *p, const RejectSet *set);

/* A condition on rejects j that are open, and its argument, which is $2. */
extern const char *AndChosen(const ChosenIds *chosen, const RejectSet *set);
extern void AddChosen(Sql *q, const ChosenIds *chosen, const RejectSet *set);

#endif
