/*
 * native_checks.c
 *	  Run the native checks of a batch over rows that are being loaded.
 */
#include "base/compat.h"
#include "load/native_checks.h"

bool
NativeChecksAdd(NativeChecks *checks, int32 id, NativeNode *condition, UniqueSet *unique)
{
	NativeCheck *check = &checks->checks[checks->count];

	if (checks->count == MAX_NATIVE_CHECKS)
		return false;
	memset(check, 0, sizeof(NativeCheck));
	check->id = id;
	check->condition = condition;
	check->unique = unique;
	checks->count++;
	return true;
}

/* False when the verdicts mean nothing. */
static bool
Evaluate(NativeChecks *checks, NativeCheck *check, const RowSpan *rows, const bool *left_out)
{
	if (check->condition != NULL)
		check->condition->run(check->condition, rows, checks->verdicts);
	else if (!UniqueSetAdd(check->unique, rows, left_out, checks->verdicts))
		check->given_up = true;
	return !check->given_up;
}

/* Most rows break none, so that those which do are searched for. */
static void
NoteBroken(NativeChecks *checks, int bit, int nrows, const bool *left_out, uint64 *failed)
{
	const uint8 *verdicts = checks->verdicts;
	const uint8 *end = verdicts + nrows;
	const uint8 *v = verdicts;

	while (v < end && (v = memchr(v, NATIVE_FALSE, end - v)) != NULL)
	{
		uint64		broken = !left_out[v - verdicts];

		failed[v - verdicts] |= broken << bit;
		checks->checks[bit].failed_in_slice += broken;
		v++;
	}
}

static void
RunSpan(NativeChecks *checks, const RowSpan *rows, const bool *left_out, uint64 *failed)
{
	memset(failed, 0, sizeof(uint64) * rows->nrows);
	for (int bit = 0; bit < checks->count; bit++)
	{
		NativeCheck *check = &checks->checks[bit];

		if (check->given_up || !Evaluate(checks, check, rows, left_out))
			continue;
		NoteBroken(checks, bit, rows->nrows, left_out, failed);
	}
}

void
NativeChecksRun(NativeChecks *checks, const RowBatch *batch, const bool *left_out,
				uint64 *failed)
{
	int			natts = batch->desc->natts;

	for (int first = 0; first < batch->nrows; first += NATIVE_ROWS)
	{
		RowSpan		rows = {batch->values + first * natts, batch->isnull + first * natts,
		natts, Min(batch->nrows - first, NATIVE_ROWS)};

		RunSpan(checks, &rows, left_out + first, failed + first);
	}
}

void
NativeChecksEndSlice(NativeChecks *checks, bool kept)
{
	for (int bit = 0; bit < checks->count; bit++)
	{
		NativeCheck *check = &checks->checks[bit];

		if (kept)
			check->failed += check->failed_in_slice;
		check->failed_in_slice = 0;
		if (!kept && check->unique != NULL)
		{
			UniqueSetGiveUp(check->unique);
			check->given_up = true;
		}
	}
}
