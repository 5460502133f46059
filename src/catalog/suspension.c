/*
 * suspension.c
 *	  Count failures in a row, and suspend pipelines that have too many.
 */
#include "base/compat.h"
#include "catalog/suspension.h"

#include "base/sql.h"

/*
 * The first pause is ten retry periods long, and each further one twice as long, up to a day, and an
 * eighth more or less, so that what failed together is not tried together.
 */
bool
FailureCount(const Pipeline *p)
{
	Sql			q;
	bool		suspended = false;

	SqlBeginKept(&q,
				 "with counted as (insert into elt_catalog.failure as f (pipeline_id, failures,"
				 " failed_at) values ($1, 1, clock_timestamp())"
				 " on conflict (pipeline_id) do update set failures = f.failures + 1,"
				 " failed_at = clock_timestamp() returning f.failures)"
				 " select c.failures >= p.suspend_after and p.suspend_after > 0,"
				 " clock_timestamp() + least(p.retry_period * 10"
				 " * power(2, greatest(0, least(c.failures - p.suspend_after, 30))), interval '1 day')"
				 " * (0.875 + random() / 4)"
				 " from counted c, elt_catalog.pipeline p where p.id = $1");
	SqlAddInt4(&q, p->id);
	if (SqlRun(&q, AsCatalog()) == 1)
		suspended = SqlBool(&q, 0, 1);
	if (suspended)
	{
		TimestampTz until = SqlTime(&q, 0, 2, NULL);

		SqlDone(&q);
		SqlBeginKept(&q,
					 "update elt_catalog.failure set suspended_until = $2 where pipeline_id = $1");
		SqlAddInt4(&q, p->id);
		SqlAddTime(&q, until);
		SqlRun(&q, AsCatalog());
	}
	SqlDone(&q);
	return suspended;
}

bool
FailureForget(const Pipeline *p)
{
	Sql			q;
	bool		suspended = false;

	SqlBeginKept(&q,
				 "delete from elt_catalog.failure where pipeline_id = $1"
				 " returning suspended_until is not null");
	SqlAddInt4(&q, p->id);
	if (SqlRun(&q, AsCatalog()) > 0)
		suspended = SqlBool(&q, 0, 1);
	SqlDone(&q);
	return suspended;
}

bool
SuspensionNextEnd(TimestampTz *when)
{
	Sql			q;
	bool		isnull;

	SqlBeginKept(&q,
				 "select min(f.suspended_until) from elt_catalog.failure f"
				 " join elt_catalog.pipeline p on p.id = f.pipeline_id"
				 " where f.suspended_until > clock_timestamp() and not p.paused");
	SqlRun(&q, AsCatalog());
	*when = SqlTime(&q, 0, 1, &isnull);
	SqlDone(&q);
	return !isnull;
}
