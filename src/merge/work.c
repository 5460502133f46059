#include "base/compat.h"
#include "merge/work.h"

#include "base/sql.h"
#include "miscadmin.h"
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
	if (p->owner != AsCatalog())
		SqlExec(psprintf("ALTER TABLE %s OWNER TO %s", table,
						 quote_identifier(GetUserNameFromId(p->owner, false))), AsCatalog());
}

void
WorkTableDrop(const Pipeline *p, const char *what)
{
	SqlExec(psprintf("DROP TABLE %s", WorkTable(p, what)), AsCatalog());
}
