/*
 * metric.c
 *	  Read the views of metric_table.c as samples.
 */
#include "base/compat.h"
#include "ops/metric.h"

#include "base/setting.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* A column of a view, and the sample that each of its rows makes of it. */
typedef struct SampleColumn
{
	int			column;
	Oid			type;
	double		unit;			/* of the column, in that of the metric */
	MetricSample sample;		/* labels of the row come first */
} SampleColumn;

typedef struct Reading
{
	const MetricView *view;
	int			first_family;
	Sql			sql;
	List	   *columns;		/* SampleColumn * */
	void		(*put) (void *arg, const MetricSample *sample);
	void	   *arg;
} Reading;

const char *
MetricTypeName(const Metric *metric)
{
	switch (metric->type)
	{
		case METRIC_GAUGE:
			return "gauge";
		case METRIC_COUNTER:
			return "counter";
		case METRIC_HISTOGRAM:
			return "histogram";
	}
	return NULL;				/* keep compiler quiet */
}

static void
AddColumn(Reading *r, const Metric *metric, const char *column, const char *suffix, const char *value)
{
	TupleDesc	desc = r->sql.rows->tupdesc;
	SampleColumn *c = palloc0(sizeof(SampleColumn));
	MetricSample *sample = &c->sample;

	c->column = SPI_fnumber(desc, column);
	if (c->column <= 0)
		elog(ERROR, "no column \"%s\" for metric \"%s\"", column, metric->name);
	c->type = SPI_gettypeid(desc, c->column);
	c->unit = strcmp(suffix, "_sum") == 0 ? 1e6 : 1;
	sample->family = r->first_family + (metric - r->view->metrics);
	sample->metric = metric;
	sample->name = psprintf("%s%s", metric->name, suffix);
	sample->labels = r->view->labels;
	for (int i = 0; i < sample->labels; i++)
		sample->keys[i] = SPI_fname(desc, i + 1);
	if (value != NULL)
	{
		sample->keys[sample->labels] = metric->label;
		sample->values[sample->labels++] = value;
	}
	r->columns = lappend(r->columns, c);
}

static void
AddHistogram(Reading *r, const Metric *metric)
{
	char	   *count = psprintf("%s_count", metric->column);

	for (int i = 0; metric->values[i] != NULL; i++)
		AddColumn(r, metric, psprintf("%s_%d", metric->column, i + 1), "_bucket", metric->values[i]);
	AddColumn(r, metric, count, "_bucket", "+Inf");
	AddColumn(r, metric, count, "_count", NULL);
	AddColumn(r, metric, psprintf("%s_us", metric->column), "_sum", NULL);
}

static void
AddMetric(Reading *r, const Metric *metric)
{
	const char *suffix = metric->type == METRIC_COUNTER ? "_total" : "";

	if (metric->type == METRIC_HISTOGRAM)
		AddHistogram(r, metric);
	else if (metric->values == NULL)
		AddColumn(r, metric, metric->column, suffix, NULL);
	else
		for (int i = 0; metric->values[i] != NULL; i++)
			AddColumn(r, metric, psprintf("%s%s", metric->column, metric->values[i]), suffix,
					  metric->values[i]);
}

static double
Number(Datum value, Oid type)
{
	switch (type)
	{
		case FLOAT8OID:
			return DatumGetFloat8(value);
		case INT4OID:
			return DatumGetInt32(value);
		case INT8OID:
			return DatumGetInt64(value);
		case NUMERICOID:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
	}
	elog(ERROR, "unexpected type %u of a metric", type);
}

/* What the view does not know of a row is no sample. */
static void
PutRow(Reading *r, uint64 row)
{
	TupleDesc	desc = r->sql.rows->tupdesc;
	HeapTuple	tuple = r->sql.rows->vals[row];
	const char *labels[MAX_METRIC_LABELS];
	ListCell   *lc;

	for (int i = 0; i < r->view->labels; i++)
		labels[i] = SPI_getvalue(tuple, desc, i + 1);
	foreach(lc, r->columns)
	{
		SampleColumn *c = lfirst(lc);
		bool		isnull;
		Datum		value = SPI_getbinval(tuple, desc, c->column, &isnull);

		if (isnull)
			continue;
		memcpy(c->sample.values, labels, sizeof(char *) * r->view->labels);
		c->sample.value = Number(value, c->type) / c->unit;
		r->put(r->arg, &c->sample);
	}
}

static void
ReadView(Reading *r, SPIPlanPtr *plan)
{
	MemoryContext row_cxt = AllocSetContextCreate(CurrentMemoryContext, "elt metrics",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;

	SqlBeginAs(&r->sql, r->view->query, CURSOR_OPT_GENERIC_PLAN, plan);
	SqlRun(&r->sql, AsCatalog());
	for (int i = 0; i < r->view->count; i++)
		AddMetric(r, &r->view->metrics[i]);
	old = MemoryContextSwitchTo(row_cxt);
	for (uint64 row = 0; row < r->sql.processed; row++)
	{
		MemoryContextReset(row_cxt);
		PutRow(r, row);
	}
	MemoryContextSwitchTo(old);
	SqlDone(&r->sql);
	MemoryContextDelete(row_cxt);
}

/* Queries of this size are compiled for longer than they run, so they are not. */
void
MetricsRead(void (*put) (void *arg, const MetricSample *sample), void *arg)
{
	static SPIPlanPtr plans[16];
	int			family = 0;
	int			guc_level = SettingsPlanFreely();

	Assert(MetricViewCount <= lengthof(plans));
	for (int i = 0; i < MetricViewCount; i++)
	{
		Reading		r = {.view = &MetricViews[i], .first_family = family, .put = put, .arg = arg};

		ReadView(&r, &plans[i]);
		family += MetricViews[i].count;
	}
	AtEOXact_GUC(false, guc_level);
}
