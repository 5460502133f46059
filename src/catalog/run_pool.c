/*
 * run_pool.c
 *	  Check the pool of a pipeline, and keep it from being dropped until that is stored.
 */
#include "base/compat.h"
#include "catalog/run_pool.h"

#include "base/sql.h"
#include "utils/builtins.h"

void
PoolCheck(const Pipeline *p)
{
	Sql			q;

	if (p->pool == NULL)
		return;
	SqlBegin(&q, "select from elt_catalog.pool where name = $1 for key share");
	SqlAddText(&q, p->pool);
	if (SqlDo(&q, AsCatalog()) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("pool \"%s\" does not exist", p->pool),
				 errhint("Use SELECT elt.set_pool(%s, 1) to create it with a limit of one run at a "
						 "time.", quote_literal_cstr(p->pool))));
}
