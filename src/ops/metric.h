/*
 * metric.h
 *	  What elt.metrics measures, and how it is read.
 */
#ifndef ELT_OPS_METRIC_H
#define ELT_OPS_METRIC_H

#include "postgres.h"

typedef enum MetricType
{
	METRIC_GAUGE,
	METRIC_COUNTER,
	METRIC_HISTOGRAM
} MetricType;

/*
 * A family of samples. Without values, column is the column that holds the only one. With values,
 * each is a value of label, and the end of the name of its column, which begins with column. Of a
 * histogram they are the upper bounds: column_1 and following hold the counts up to them, column_count
 * and column_us the number and the sum.
 */
typedef struct Metric
{
	const char *name;
	MetricType	type;
	const char *help;
	const char *column;
	const char *label;
	const char *const *values;	/* up to a NULL */
} Metric;

/* A view of elt_catalog: first the labels of each row, named as they are, then its columns. */
typedef struct MetricView
{
	const char *query;
	int			labels;
	const Metric *metrics;
	int			count;
} MetricView;

extern const MetricView MetricViews[];
extern const int MetricViewCount;

#define MAX_METRIC_LABELS 3

typedef struct MetricSample
{
	int			family;			/* from 0, over all views */
	const Metric *metric;
	const char *name;
	int			labels;
	const char *keys[MAX_METRIC_LABELS];
	const char *values[MAX_METRIC_LABELS];
	double		value;
} MetricSample;

/* Call put for each sample; what it gets lives until it returns. SPI must be connected. */
extern void MetricsRead(void (*put) (void *arg, const MetricSample *sample), void *arg);
extern const char *MetricTypeName(const Metric *metric);

#endif
