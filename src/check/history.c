/*
 * history.c
 *	  What a batch check has found in earlier batches that landed.
 *
 * A batch that a check has refused is no example of what is usual.
 */
#include "base/compat.h"
#include "check/history.h"

#include "base/sql.h"
#include "check/measure.h"

/* $1 pipeline, $2 check, $3 run and $4 batch at hand, $5 how many at most. */
#define EARLIER \
	"select c.evidence, c.checked_at from elt_catalog.check_result c " \
	"where c.pipeline_id = $1 and c.check_name = $2 and c.evidence is not null " \
	"and (c.run_id, c.batch) <> ($3, $4) " \
	"and not exists (select from elt_catalog.check_result f where f.run_id = c.run_id " \
	"and f.batch = c.batch and f.verdict = 'failed') " \
	"order by c.run_id desc, c.batch desc limit $5"

static void
AddEarlier(Sql *q, const Pipeline *p, const char *check_name, const StagedBatch *batch,
		   int batches)
{
	SqlAddInt4(q, p->id);
	SqlAddText(q, check_name);
	SqlAddInt8(q, batch->run_id);
	SqlAddInt4(q, batch->batch);
	SqlAddInt4(q, batches);
}

void
HistoryForget(const Pipeline *p, const char *check_name)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.check_result set evidence = null "
			 "where pipeline_id = $1 and check_name = $2 and evidence is not null");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, check_name);
	SqlDo(&q, AsCatalog());
}

Usual
HistoryUsual(const Pipeline *p, const char *check_name, const StagedBatch *batch, int batches)
{
	Usual		usual = {0};
	Sql			q;

	SqlBeginParsed(&q,
				   "with earlier as (" EARLIER "), "
				   "point as (select (evidence->>'measured')::float8 as v, "
				   "extract(isodow from checked_at at time zone $6) = "
				   "extract(isodow from now() at time zone $6) as same_day from earlier "
				   "where evidence->>'measured' is not null), "
				   "chosen as (select v from point where same_day "
				   "or (select count(*) from point where same_day) < $7), "
				   "middle as (select count(*) as points, "
				   "percentile_cont(0.5) within group (order by v) as median from chosen) "
				   "select points, median, (select percentile_cont(0.5) within group "
				   "(order by abs(v - median)) from chosen) from middle");
	AddEarlier(&q, p, check_name, batch, batches);
	SqlAddText(&q, p->source_time_zone);
	SqlAddInt4(&q, MEASURE_FEW_POINTS);
	SqlRun(&q, AsCatalog());
	usual.points = SqlInt8(&q, 0, 1, NULL);
	usual.median = SqlFloat8(&q, 0, 2);
	usual.mad = SqlFloat8(&q, 0, 3);
	SqlDone(&q);
	return usual;
}

static double *
SharesOf(Sql *q, int n)
{
	double	   *shares = palloc0(sizeof(double) * n);
	List	   *buckets = SqlTextArray(q, 0, 3);
	List	   *found = SqlTextArray(q, 0, 4);

	for (int i = 0; i < list_length(buckets); i++)
		shares[strtol(list_nth(buckets, i), NULL, 10)] = strtod(list_nth(found, i), NULL);
	return shares;
}

/* Deciles of the earlier batches' quantiles, each of which stands for as many rows. */
UsualShares
HistoryShares(const Pipeline *p, const char *check_name, const StagedBatch *batch, int batches)
{
	UsualShares usual = {0};
	Sql			q;

	SqlBeginParsed(&q,
				   "with earlier as (" EARLIER "), "
				   "point as (select v::float8 as v, (evidence->>'rows')::float8 / $6 as rows "
				   "from earlier, jsonb_array_elements_text(case jsonb_typeof(evidence->'quantiles') "
				   "when 'array' then evidence->'quantiles' end) as q(v)), "
				   "ranked as (select v, rows, sum(rows) over (order by v) as upto, "
				   "sum(rows) over () as total from point), "
				   "bound as (select array(select distinct b from (select min(v) as b "
				   "from ranked, generate_series(1, 9) as k where upto >= total * k / 10 group by k) as d "
				   "order by b) as bounds), "
				   "share as (select width_bucket(v, bounds) as bucket, sum(rows) / max(total) as share "
				   "from ranked, bound where total > 0 group by 1) "
				   "select (select round(sum(rows)) from point)::bigint, bounds::text, "
				   "(select array_agg(bucket::text order by bucket) from share), "
				   "(select array_agg(share::text order by bucket) from share), "
				   "cardinality(bounds) + 1 from bound");
	AddEarlier(&q, p, check_name, batch, batches);
	SqlAddInt4(&q, MEASURE_QUANTILES);
	if (SqlRun(&q, AsCatalog()) > 0 && SqlText(&q, 0, 1) != NULL)
	{
		usual.rows = SqlInt8(&q, 0, 1, NULL);
		usual.bounds = SqlText(&q, 0, 2);
		usual.n = SqlInt4(&q, 0, 5, NULL);
		usual.shares = SharesOf(&q, usual.n);
	}
	SqlDone(&q);
	return usual;
}
