/*
 * replaced.h
 *	  Rows of a target that a batch replaces: those of its windows, or of its scopes.
 */
#ifndef ELT_MERGE_REPLACED_H
#define ELT_MERGE_REPLACED_H

#include "postgres.h"
#include "merge/shape.h"

/* Parts of statements, about rows t of the target. */
typedef struct Replaced
{
	const char *with;			/* "scope AS (...)", which the conditions need as c; NULL: nothing */
	const char *match;			/* condition: the batch replaces it */
	const char *by;				/* columns of c by which alone it is; NULL: by more, or not by c */
	const char *range;			/* part of that, as literals; NULL: none */
	const char *range_column;	/* of it, unquoted */
	bool		found_by_index; /* the rows of a scope are */
	bool		probes;			/* of these, which the settings of the strategy decide */
	bool		may_repeat;		/* a later batch of the run may have one of the scopes */
	const char *stays;			/* condition on those: absence does not delete it; NULL: it does */
	const char *withheld;		/* FROM item, staged rows that were taken out; NULL: none */
	int			doubts;			/* answers that prove nothing about rows that they lack */
	char	   *doubt;			/* of the first, why */
} Replaced;

/* What it begins with, and a separator after it; "" when that is nothing. */
extern char *ReplacedWith(const Replaced *r, const char *separator);
/* What follows the target in a FROM clause. */
extern const char *ReplacedFrom(const Replaced *r);
/* The target as t, with its alias, and the condition on the rows that are replaced. */
extern char *ReplacedRows(const MergeShape *shape, const Replaced *r);
/* Condition on a row of the target: an earlier batch of the run has written it. */
extern char *ReplacedIsOfRun(const MergeShape *shape);

#endif
