/*
 * check_name.c
 *	  Names of checks, which are unique within a pipeline.
 */
#include "base/compat.h"
#include "check/check_name.h"

#include "base/sql.h"

void
CheckNameIsValid(const char *name)
{
	if (name[0] == '\0' || strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("check name must be 1 to %d bytes long", NAMEDATALEN - 1)));
}

void
CheckNameReportIsThere(const Pipeline *p, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_OBJECT),
			 errmsg("check \"%s\" of pipeline \"%s\" already exists", name, p->name),
			 errhint("Use elt.alter_check to change it.")));
}

void
CheckNameIsNew(const Pipeline *p, const char *name)
{
	Sql			q;
	bool		found;

	CheckNameIsValid(name);
	SqlBegin(&q, "select from elt_catalog.check_rule where pipeline_id = $1 and name = $2");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, name);
	found = SqlRun(&q, AsCatalog()) > 0;
	SqlDone(&q);
	if (found)
		CheckNameReportIsThere(p, name);
}
