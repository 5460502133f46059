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

char *
ReplacedIsOfRun(const MergeShape *shape)
{
	return psprintf("_run_id = (SELECT s._run_id FROM %s AS s LIMIT 1)", shape->staging);
}
