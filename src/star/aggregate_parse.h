/*
 * aggregate_parse.h
 *	  The definition of an aggregate, and what its names and expressions mean.
 */
#ifndef ELT_STAR_AGGREGATE_PARSE_H
#define ELT_STAR_AGGREGATE_PARSE_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "star/fact.h"

/* What groups a fact. */
typedef enum GroupKind
{
	GROUP_BY_COLUMN,			/* of the source */
	GROUP_BY_KEY,				/* of a dimension */
	GROUP_BY_DURABLE,			/* key of a member of a history */
	GROUP_BY_ATTRIBUTE,			/* as of the event */
	GROUP_BY_CURRENT			/* attribute of the newest version */
} GroupKind;

typedef struct GroupColumn
{
	char	   *name;			/* as the user has it */
	GroupKind	kind;
	FactRole   *role;			/* NULL: of the source */
	int			role_number;	/* from 1, in the fact */
	char	   *column;			/* of the source, or of the members */
} GroupColumn;

typedef enum MeasureFunction
{
	MEASURE_ROWS, MEASURE_COUNT, MEASURE_SUM, MEASURE_MEAN, MEASURE_MIN, MEASURE_MAX,
	MEASURE_DISTINCT, MEASURE_QUANTILE, /* of sketches */
	MEASURE_EXACT_DISTINCT, MEASURE_PERCENTILE_CONT, MEASURE_PERCENTILE_DISC
} MeasureFunction;

typedef struct AggregateMeasure
{
	char	   *name;
	char	   *expression;		/* as the user has it */
	MeasureFunction function;
	int			value;			/* from 1, among the values; 0: rows */
	char	   *fraction;		/* of a percentile */
} AggregateMeasure;

/* A column of the source that measures read, and what is kept of it. */
typedef struct AggregateValue
{
	char	   *column;
	Oid			type;
	int32		typmod;
	bool		is_summed;		/* floating-point numbers as decimals */
	bool		is_counted;		/* those that are not null */
	bool		has_least;
	bool		has_greatest;
	bool		has_distinct;	/* a sketch */
	bool		has_quantiles;	/* a sketch */
	bool		has_values;		/* each value with the number of its rows */
} AggregateValue;

typedef struct Aggregate
{
	Oid			relation;
	char	   *schema;
	char	   *name;
	char	   *view;			/* schema-qualified and quoted */
	char	   *table;
	Oid			fact_relation;
	Fact	   *fact;
	List	   *by;				/* char * */
	List	   *columns;		/* GroupColumn * of them */
	List	   *measures;		/* AggregateMeasure * */
	List	   *values;			/* AggregateValue * */
	bool		has_days;		/* something must be read again, by day, after rows are gone */
	bool		has_distinct;	/* of some value */
	bool		has_values;		/* of some value */
	List	   *details;		/* char *, tables beside the one of groups that are there; quoted */
	bool		lacks_details;	/* some of them were dropped */
	Oid			role;			/* whose privileges apply: that of the fact */
} Aggregate;

/* Find the columns that it groups by, and the functions and values of its measures. */
extern void AggregateParse(Aggregate *a);

#endif
