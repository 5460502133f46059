/*
 * sample_keys.c
 *	  Keys of some rows that violate a check, to look at.
 */
#include "base/compat.h"
#include "check/sample_keys.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "load/staging.h"

#define SAMPLES 5

/* Of those rows that were found one by one; returns how many. */
static int
FindRows(const Check *check, const BadRows *bad, Datum *tids)
{
	const Offence *last = NULL;
	bool		breaks = false;
	int			n = 0;

	for (int64 i = 0; i < bad->count && n < SAMPLES; i++)
	{
		if (bad->rows[i].offence != last)
			breaks = NamesContain(bad->rows[i].offence->checks, check->name);
		last = bad->rows[i].offence;
		if (breaks)
			tids[n++] = PointerGetDatum(&bad->rows[i].tid);
	}
	return n;
}

static char *
KeysWhere(const Pipeline *p, const char *condition)
{
	return psprintf("SELECT jsonb_agg(k)::text FROM (SELECT %s AS k FROM %s AS s WHERE %s LIMIT %d) AS r",
					ColumnsAsJson(p->key, "s"), PipelineStaging(p), condition, SAMPLES);
}

/* Rows that break nothing but 'warn' checks are not among the bad ones. */
char *
SampleKeys(const Pipeline *p, const Check *check, const BadRows *bad)
{
	Datum		tids[SAMPLES];
	int			n;
	Sql			q;

	if (check->failed == 0 || p->key == NIL)
		return NULL;
	n = FindRows(check, bad, tids);
	if (n > 0)
	{
		SqlBegin(&q, KeysWhere(p, "ctid = ANY ($1)"));
		SqlAdd(&q, TIDARRAYOID,
			   PointerGetDatum(construct_array(tids, n, TIDOID, sizeof(ItemPointerData), false,
											   TYPALIGN_SHORT)), false);
	}
	else if (check->bit >= 0)
		SqlBegin(&q, KeysWhere(p, psprintf("s." STAGING_FAILED_COLUMN " >> %d & 1 = 1", check->bit)));
	else
		return NULL;
	return SqlDoText(&q, p->owner);
}
