/*
 * measure.h
 *	  What a batch check measures: an SQL expression over the staged batch, whose value is a number.
 *
 * The expression reads relation "batch", as in count(*) or (SELECT max(n) FROM ...). Two forms
 * compare it with earlier batches: deviation(expression, batches) and psi(expression, batches).
 */
#ifndef ELT_CHECK_MEASURE_H
#define ELT_CHECK_MEASURE_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Values of a column that stand for its distribution in a batch, each for 1 % of its rows. */
#define MEASURE_QUANTILES 100

/* With fewer points than this, or with fewer rows, nothing is unusual. */
#define MEASURE_FEW_POINTS 7
#define MEASURE_FEW_ROWS 1000

typedef enum MeasureForm
{
	MEASURE_VALUE,
	MEASURE_DEVIATION,			/* how unusual the value is */
	MEASURE_PSI					/* how much the distribution of an expression over rows differs */
} MeasureForm;

typedef struct Measure
{
	MeasureForm form;
	char	   *expression;
	int			batches;		/* that it is compared with, at most */
} Measure;

/* Raises an error when the text is not one expression. */
extern Measure *MeasureParse(const char *text);
/* Raise an error unless it can be evaluated over the pipeline's batches, as its owner. */
extern void MeasureVerify(const Pipeline *p, const char *check_name, const char *text);

/* The columns that the batch has in a statement which begins with BatchRelation. */
extern char *MeasureColumn(const Measure *measure);
/* WITH batch AS (rows of that table), ... */
extern char *BatchRelation(const Pipeline *p, const char *table);

#endif
