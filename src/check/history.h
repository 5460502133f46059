/*
 * history.h
 *	  What a batch check has found in earlier batches that landed.
 */
#ifndef ELT_CHECK_HISTORY_H
#define ELT_CHECK_HISTORY_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/staged.h"

/* The usual value of a measure, on this weekday where there are enough of it. */
typedef struct Usual
{
	int64		points;
	double		median;
	double		mad;			/* median absolute deviation from it */
} Usual;

/* The usual distribution of an expression, in buckets of about the same number of rows. */
typedef struct UsualShares
{
	int64		rows;
	char	   *bounds;			/* float8[] as text, n - 1 of them */
	int			n;
	double	   *shares;			/* of the rows in each bucket, n of them */
} UsualShares;

/* A later check of this name may measure something else. */
extern void HistoryForget(const Pipeline *p, const char *check_name);
extern Usual HistoryUsual(const Pipeline *p, const char *check_name, const StagedBatch *batch,
						  int batches);
extern UsualShares HistoryShares(const Pipeline *p, const char *check_name,
								 const StagedBatch *batch, int batches);

#endif
