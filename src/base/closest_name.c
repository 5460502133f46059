/*
 * closest_name.c
 *	  What somebody may have meant who misspelled a name.
 */
#include "base/compat.h"
#include "base/closest_name.h"

#include "base/sql_name.h"
#include "utils/varlena.h"

const char *
ClosestName(const char *name, List *candidates)
{
	const char *closest = NULL;
	int			length = strlen(name);
	int			best = Max(length / 2, 1);
	ListCell   *lc;

	foreach(lc, candidates)
	{
		const char *candidate = lfirst(lc);
		int			distance;

		distance = varstr_levenshtein_less_equal(name, length, candidate,
												 strlen(candidate), 1, 1, 1, best, true);
		if (distance > best || (closest != NULL && distance == best))
			continue;
		best = distance;
		closest = candidate;
	}
	return closest;
}

int
SourceColumnHint(const char *name, Oid source)
{
	const char *closest = ClosestName(name, ColumnNames(source));

	if (closest != NULL)
		return errhint("Perhaps you meant the column \"%s\".", closest);
	return errhint("Specify columns of the source.");
}
