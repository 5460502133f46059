/*
 * distinct_functions.c
 *	  The type elt.distinct_sketch, its aggregates and its functions.
 */
#include "base/compat.h"
#include "sketch/distinct_sketch.h"

#include "sketch/registers.h"
#include "sketch/sketch_io.h"
#include "sketch/stable_hash.h"

#define TYPE_NAME	"elt.distinct_sketch"

PG_FUNCTION_INFO_V1(elt_distinct_sketch_in);
PG_FUNCTION_INFO_V1(elt_distinct_sketch_recv);
PG_FUNCTION_INFO_V1(elt_distinct_add);
PG_FUNCTION_INFO_V1(elt_distinct_merge);
PG_FUNCTION_INFO_V1(elt_distinct_combine);
PG_FUNCTION_INFO_V1(elt_distinct_serial);
PG_FUNCTION_INFO_V1(elt_distinct_deserial);
PG_FUNCTION_INFO_V1(elt_distinct_final);
PG_FUNCTION_INFO_V1(elt_union_distinct);
PG_FUNCTION_INFO_V1(elt_distinct_count);

Datum
elt_distinct_sketch_in(PG_FUNCTION_ARGS)
{
	return SketchIn(fcinfo, TYPE_NAME, DistinctSketchFault);
}

Datum
elt_distinct_sketch_recv(PG_FUNCTION_ARGS)
{
	return SketchRecv(fcinfo, TYPE_NAME, DistinctSketchFault);
}

/* The state of an aggregate, made by its first row. */
static DistinctSketch *
State(FunctionCallInfo fcinfo, MemoryContext context)
{
	if (PG_ARGISNULL(0))
		return DistinctSketchCreate(context);
	return (DistinctSketch *) PG_GETARG_POINTER(0);
}

/* (internal, anyelement) */
Datum
elt_distinct_add(PG_FUNCTION_ARGS)
{
	DistinctSketch *state = State(fcinfo, AggregateMemory(fcinfo));

	if (!PG_ARGISNULL(1))
		DistinctSketchAdd(state, StableHash(StableHasherOfArgument(fcinfo, 1), PG_GETARG_DATUM(1)));
	PG_RETURN_POINTER(state);
}

static void
MergeArgument(DistinctSketch *sketch, FunctionCallInfo fcinfo, int n)
{
	size_t		len;
	const unsigned char *bytes = SketchArgument(fcinfo, n, &len);

	DistinctSketchMergeBytes(sketch, bytes, len);
}

/* (internal, sketch) */
Datum
elt_distinct_merge(PG_FUNCTION_ARGS)
{
	DistinctSketch *state = State(fcinfo, AggregateMemory(fcinfo));

	if (!PG_ARGISNULL(1))
		MergeArgument(state, fcinfo, 1);
	PG_RETURN_POINTER(state);
}

/* (internal, internal) */
Datum
elt_distinct_combine(PG_FUNCTION_ARGS)
{
	DistinctSketch *state = State(fcinfo, AggregateMemory(fcinfo));

	if (!PG_ARGISNULL(1))
		DistinctSketchMerge(state, (DistinctSketch *) PG_GETARG_POINTER(1));
	PG_RETURN_POINTER(state);
}

/* (internal) */
Datum
elt_distinct_serial(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(DistinctSketchBytes((DistinctSketch *) PG_GETARG_POINTER(0)));
}

/* (bytea, internal) */
Datum
elt_distinct_deserial(PG_FUNCTION_ARGS)
{
	DistinctSketch *state = DistinctSketchCreate(CurrentMemoryContext);

	MergeArgument(state, fcinfo, 0);
	PG_RETURN_POINTER(state);
}

/* (internal): no row, no value. */
Datum
elt_distinct_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(DistinctSketchBytes(State(fcinfo, CurrentMemoryContext)));
}

/* (sketch, other) */
Datum
elt_union_distinct(PG_FUNCTION_ARGS)
{
	DistinctSketch *sketch = DistinctSketchCreate(CurrentMemoryContext);

	MergeArgument(sketch, fcinfo, 0);
	MergeArgument(sketch, fcinfo, 1);
	PG_RETURN_BYTEA_P(DistinctSketchBytes(sketch));
}

/* (sketch) */
Datum
elt_distinct_count(PG_FUNCTION_ARGS)
{
	DistinctSketch *sketch = DistinctSketchCreate(CurrentMemoryContext);

	MergeArgument(sketch, fcinfo, 0);
	PG_RETURN_INT64(RoundedCount(DistinctSketchCount(sketch)));
}
