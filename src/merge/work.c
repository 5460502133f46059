/*
 * work.c
 *	  Tables of one merge, made and dropped for the pipeline's owner.
 */
#include "base/compat.h"
#include "merge/work.h"

#include "base/sql.h"
#include "load/staging.h"
#include "utils/builtins.h"

char *
WorkTable(const Pipeline *p, const char *what)
{
	return quote_qualified_identifier("elt_staging", psprintf("%s$%s", p->name, what));
}

void
WorkTableCreate(const Pipeline *p, const char *what, const char *columns)
{
	char	   *table = WorkTable(p, what);

	SqlExec(psprintf("CREATE UNLOGGED TABLE %s (%s)", table, columns), AsCatalog());
	StagingGrant(p, table, "select, insert, update, delete, truncate");
}

void
WorkTableDrop(const Pipeline *p, const char *what)
{
	SqlExec(psprintf("DROP TABLE %s", WorkTable(p, what)), AsCatalog());
}
