/*
 * parquet_write_bounds.h
 *	  The lowest and highest value of a page or a column chunk.
 *
 * Readers leave out pages by them, so a bound that is not certain is not there.
 */
#ifndef ELT_PARQUET_PARQUET_WRITE_BOUNDS_H
#define ELT_PARQUET_PARQUET_WRITE_BOUNDS_H

#include "postgres.h"
#include "parquet/parquet_write_field.h"

/* Longer bounds are cut, the highest to one that is higher. */
#define BOUND_BYTES 64

typedef struct Bound
{
	char		data[BOUND_BYTES];
	int			len;
	bool		is_exact;
} Bound;

typedef struct Bounds
{
	bool		are_known;
	Bound		min;
	Bound		max;
} Bounds;

typedef enum BoundOrder
{
	ORDER_BOOL,
	ORDER_INT32,
	ORDER_INT64,
	ORDER_FLOAT,
	ORDER_DOUBLE,
	ORDER_BYTES,
	ORDER_TEXT,					/* as bytes, but cut between characters of UTF-8 */
	ORDER_SIGNED_BYTES			/* the highest byte first */
} BoundOrder;

extern BoundOrder BoundOrderOf(const WrittenField *field);

/* Of n values, at least one, as PLAIN has them, but booleans as bytes; width 0: lengths lead. */
extern void BoundsOf(BoundOrder order, int width, const char *values, size_t n, Bounds *bounds);
/* Widen bounds by those of further values. */
extern void BoundsUnite(BoundOrder order, Bounds *bounds, const Bounds *more);
extern int	BoundCompare(BoundOrder order, const Bound *a, const Bound *b);

#endif
