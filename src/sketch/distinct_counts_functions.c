/*
 * distinct_counts_functions.c
 *	  The type elt.distinct_counts, its aggregate and its functions.
 */
#include "base/compat.h"
#include "sketch/distinct_counts.h"

#include "sketch/registers.h"
#include "sketch/sketch_io.h"
#include "sketch/stable_hash.h"

#define TYPE_NAME	"elt.distinct_counts"

PG_FUNCTION_INFO_V1(elt_distinct_counts_in);
PG_FUNCTION_INFO_V1(elt_distinct_counts_recv);
PG_FUNCTION_INFO_V1(elt_distinct_counts_add);
PG_FUNCTION_INFO_V1(elt_distinct_counts_combine);
PG_FUNCTION_INFO_V1(elt_distinct_counts_serial);
PG_FUNCTION_INFO_V1(elt_distinct_counts_deserial);
PG_FUNCTION_INFO_V1(elt_distinct_counts_final);
PG_FUNCTION_INFO_V1(elt_add_distinct_counts);
PG_FUNCTION_INFO_V1(elt_counted_distinct);
PG_FUNCTION_INFO_V1(elt_counted_rows);

Datum
elt_distinct_counts_in(PG_FUNCTION_ARGS)
{
	return SketchIn(fcinfo, TYPE_NAME, DistinctCountsFault);
}

Datum
elt_distinct_counts_recv(PG_FUNCTION_ARGS)
{
	return SketchRecv(fcinfo, TYPE_NAME, DistinctCountsFault);
}

/* The state of an aggregate, made by its first row. */
static DistinctCounts *
State(FunctionCallInfo fcinfo, MemoryContext context)
{
	if (PG_ARGISNULL(0))
		return DistinctCountsCreate(context);
	return (DistinctCounts *) PG_GETARG_POINTER(0);
}

/* (internal, anyelement, integer) */
Datum
elt_distinct_counts_add(PG_FUNCTION_ARGS)
{
	DistinctCounts *state = State(fcinfo, AggregateMemory(fcinfo));

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		DistinctCountsAdd(state, StableHash(StableHasherOfArgument(fcinfo, 1), PG_GETARG_DATUM(1)),
						  PG_GETARG_INT32(2));
	PG_RETURN_POINTER(state);
}

/* (internal, internal) */
Datum
elt_distinct_counts_combine(PG_FUNCTION_ARGS)
{
	DistinctCounts *state = State(fcinfo, AggregateMemory(fcinfo));

	if (!PG_ARGISNULL(1))
		DistinctCountsMerge(state, (DistinctCounts *) PG_GETARG_POINTER(1));
	PG_RETURN_POINTER(state);
}

/* (internal) */
Datum
elt_distinct_counts_serial(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(DistinctCountsBytes((DistinctCounts *) PG_GETARG_POINTER(0)));
}

/* (bytea, internal) */
Datum
elt_distinct_counts_deserial(PG_FUNCTION_ARGS)
{
	DistinctCounts *state = DistinctCountsCreate(CurrentMemoryContext);
	size_t		len;
	const unsigned char *bytes = SketchArgument(fcinfo, 0, &len);

	DistinctCountsMergeBytes(state, bytes, len);
	PG_RETURN_POINTER(state);
}

/* (internal): no row, no value. */
Datum
elt_distinct_counts_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(DistinctCountsBytes(State(fcinfo, CurrentMemoryContext)));
}

/* (sketch, other): what adds nothing leaves the sketch as it is stored, so that it is not written again. */
Datum
elt_add_distinct_counts(PG_FUNCTION_ARGS)
{
	const unsigned char *sketch;
	const unsigned char *other;
	size_t		len;
	size_t		other_len;

	other = SketchArgument(fcinfo, 1, &other_len);
	if (DistinctBytesAreEmpty(other_len))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	sketch = SketchArgument(fcinfo, 0, &len);
	PG_RETURN_BYTEA_P(DistinctBytesSum(sketch, len, other, other_len));
}

/* (sketch) */
Datum
elt_counted_distinct(PG_FUNCTION_ARGS)
{
	size_t		len;
	const unsigned char *bytes = SketchArgument(fcinfo, 0, &len);
	double		count;

	if (!DistinctBytesCount(bytes, len, &count))
		PG_RETURN_NULL();
	PG_RETURN_INT64(RoundedCount(count));
}

/* (sketch) */
Datum
elt_counted_rows(PG_FUNCTION_ARGS)
{
	size_t		len;
	const unsigned char *bytes = SketchArgument(fcinfo, 0, &len);

	PG_RETURN_INT64(DistinctBytesRows(bytes, len));
}
