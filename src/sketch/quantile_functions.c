/*
 * quantile_functions.c
 *	  The type elt.quantile_sketch, its aggregates and its functions.
 */
#include "base/compat.h"
#include "sketch/quantile_sketch.h"

#include "sketch/sketch_io.h"

#define TYPE_NAME	"elt.quantile_sketch"

PG_FUNCTION_INFO_V1(elt_quantile_sketch_in);
PG_FUNCTION_INFO_V1(elt_quantile_sketch_recv);
PG_FUNCTION_INFO_V1(elt_quantile_add);
PG_FUNCTION_INFO_V1(elt_quantile_remove);
PG_FUNCTION_INFO_V1(elt_quantile_merge);
PG_FUNCTION_INFO_V1(elt_quantile_unmerge);
PG_FUNCTION_INFO_V1(elt_quantile_combine);
PG_FUNCTION_INFO_V1(elt_quantile_serial);
PG_FUNCTION_INFO_V1(elt_quantile_deserial);
PG_FUNCTION_INFO_V1(elt_quantile_final);
PG_FUNCTION_INFO_V1(elt_add_quantiles);
PG_FUNCTION_INFO_V1(elt_subtract_quantiles);
PG_FUNCTION_INFO_V1(elt_quantile);
PG_FUNCTION_INFO_V1(elt_quantile_count);

Datum
elt_quantile_sketch_in(PG_FUNCTION_ARGS)
{
	return SketchIn(fcinfo, TYPE_NAME, QuantileSketchFault);
}

Datum
elt_quantile_sketch_recv(PG_FUNCTION_ARGS)
{
	return SketchRecv(fcinfo, TYPE_NAME, QuantileSketchFault);
}

/* The state of an aggregate, made by its first row. */
static QuantileSketch *
State(FunctionCallInfo fcinfo, MemoryContext context)
{
	if (PG_ARGISNULL(0))
		return QuantileSketchCreate(context);
	return (QuantileSketch *) PG_GETARG_POINTER(0);
}

/* (internal, float8) */
Datum
elt_quantile_add(PG_FUNCTION_ARGS)
{
	QuantileSketch *state = State(fcinfo, AggregateMemory(fcinfo));

	if (!PG_ARGISNULL(1))
		QuantileSketchAdd(state, PG_GETARG_FLOAT8(1), 1);
	PG_RETURN_POINTER(state);
}

/* (internal, float8): a row leaves a moving frame. */
Datum
elt_quantile_remove(PG_FUNCTION_ARGS)
{
	QuantileSketch *state = State(fcinfo, AggregateMemory(fcinfo));

	if (!PG_ARGISNULL(1))
		QuantileSketchAdd(state, PG_GETARG_FLOAT8(1), -1);
	PG_RETURN_POINTER(state);
}

static void
MergeArgument(QuantileSketch *sketch, FunctionCallInfo fcinfo, int n, int sign)
{
	size_t		len;
	const unsigned char *bytes = SketchArgument(fcinfo, n, &len);

	QuantileSketchMergeBytes(sketch, bytes, len, sign);
}

/* (internal, sketch) */
Datum
elt_quantile_merge(PG_FUNCTION_ARGS)
{
	QuantileSketch *state = State(fcinfo, AggregateMemory(fcinfo));

	if (!PG_ARGISNULL(1))
		MergeArgument(state, fcinfo, 1, 1);
	PG_RETURN_POINTER(state);
}

/* (internal, sketch): a row leaves a moving frame. */
Datum
elt_quantile_unmerge(PG_FUNCTION_ARGS)
{
	QuantileSketch *state = State(fcinfo, AggregateMemory(fcinfo));

	if (!PG_ARGISNULL(1))
		MergeArgument(state, fcinfo, 1, -1);
	PG_RETURN_POINTER(state);
}

/* (internal, internal) */
Datum
elt_quantile_combine(PG_FUNCTION_ARGS)
{
	QuantileSketch *state = State(fcinfo, AggregateMemory(fcinfo));

	if (!PG_ARGISNULL(1))
		QuantileSketchMerge(state, (QuantileSketch *) PG_GETARG_POINTER(1));
	PG_RETURN_POINTER(state);
}

/* (internal) */
Datum
elt_quantile_serial(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(QuantileSketchBytes((QuantileSketch *) PG_GETARG_POINTER(0)));
}

/* (bytea, internal) */
Datum
elt_quantile_deserial(PG_FUNCTION_ARGS)
{
	QuantileSketch *state = QuantileSketchCreate(CurrentMemoryContext);

	MergeArgument(state, fcinfo, 0, 1);
	PG_RETURN_POINTER(state);
}

/* (internal): no row, no number. */
Datum
elt_quantile_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(QuantileSketchBytes(State(fcinfo, CurrentMemoryContext)));
}

static Datum
Sum(FunctionCallInfo fcinfo, int sign)
{
	QuantileSketch *sketch = QuantileSketchCreate(CurrentMemoryContext);

	MergeArgument(sketch, fcinfo, 0, 1);
	MergeArgument(sketch, fcinfo, 1, sign);
	PG_RETURN_BYTEA_P(QuantileSketchBytes(sketch));
}

/* (sketch, other) */
Datum
elt_add_quantiles(PG_FUNCTION_ARGS)
{
	return Sum(fcinfo, 1);
}

/* (sketch, other) */
Datum
elt_subtract_quantiles(PG_FUNCTION_ARGS)
{
	return Sum(fcinfo, -1);
}

/* (sketch, p) */
Datum
elt_quantile(PG_FUNCTION_ARGS)
{
	size_t		len;
	const unsigned char *bytes = SketchArgument(fcinfo, 0, &len);
	float8		fraction = PG_GETARG_FLOAT8(1);
	float8		value;

	if (!(fraction >= 0 && fraction <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("p %g is not between 0 and 1", fraction)));
	if (!QuantileBytesQuantile(bytes, len, fraction, &value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

/* (sketch) */
Datum
elt_quantile_count(PG_FUNCTION_ARGS)
{
	size_t		len;
	const unsigned char *bytes = SketchArgument(fcinfo, 0, &len);

	PG_RETURN_INT64(QuantileBytesCount(bytes, len));
}
