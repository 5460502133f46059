/*
 * replaced.c
 *	  Parts of statements about the rows that a batch replaces.
 */
#include "base/compat.h"
#include "merge/replaced.h"

char *
ReplacedWith(const Replaced *r, const char *separator)
{
	return r->with == NULL ? "" : psprintf("%s%s", r->with, separator);
}

const char *
ReplacedFrom(const Replaced *r)
{
	return r->with == NULL ? "" : ", scope AS c";
}

/* A join that may begin with the scopes; unless they are probed for, better one that never does. */
char *
ReplacedRows(const MergeShape *shape, const Replaced *r)
{
	if (r->by == NULL || r->probes || r->stays != NULL)
		return psprintf("%s AS t%s\n\t\tWHERE %s", shape->target, ReplacedFrom(r), r->match);
	return psprintf("%s AS t\n\t\tWHERE (%s) IN (SELECT %s FROM scope)%s%s", shape->target,
					ColumnList(shape->replace_by, "t"), r->by, r->range ? " AND " : "",
					r->range ? r->range : "");
}

char *
ReplacedIsOfRun(const MergeShape *shape)
{
	return psprintf("_run_id = (SELECT s._run_id FROM %s AS s LIMIT 1)", shape->staging);
}
