/*
 * column_profile.h
 *	  What a column of many rows is like, collected value by value in bounded memory.
 *
 * Counts, limits and mean are of all values. So are distinct values and their frequencies, as long as
 * there are few; then the former are estimated, and the latter are those of a random sample, as
 * quantiles are.
 */
#ifndef ELT_CHECK_COLUMN_PROFILE_H
#define ELT_CHECK_COLUMN_PROFILE_H

#include "postgres.h"
#include "catalog/pg_attribute.h"
#include "lib/stringinfo.h"

/* Rows whose values are kept as a sample. */
#define PROFILE_SAMPLE 10000

typedef struct ColumnProfile ColumnProfile;

extern ColumnProfile *ColumnProfileCreate(Form_pg_attribute att);
extern void ColumnProfileAdd(ColumnProfile *column, Datum value, bool isnull);
/* The value takes this place in the sample, or, if it is null or too long, nothing does. */
extern void ColumnProfileKeep(ColumnProfile *column, int place, Datum value, bool isnull);

typedef struct ColumnFacts
{
	int64		nulls;
	int64		distinct;		/* -1: the type has no equality that can be hashed */
	bool		exact;			/* and not estimated */
	char	   *min;			/* NULL: there is none */
	char	   *max;
	bool		has_mean;
	double		mean;
	char	   *quantiles;		/* JSON, by fraction; NULL: there are none */
	char	   *top;			/* JSON, values and their shares; NULL: there are none */
	char	   *pattern;		/* a regular expression; NULL: no shape prevails */
	double		pattern_share;
} ColumnFacts;

/* After all rows, of which this many were kept. */
extern ColumnFacts ColumnProfileFacts(ColumnProfile *column, int kept);

#endif
