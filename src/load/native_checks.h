/*
 * native_checks.h
 *	  Evaluate the native checks of a batch while its rows are loaded.
 *
 * Each check has a bit in the bitmap of a row's violations. When the rows of a slice are removed
 * again, so are its counts; checks that need every row of the batch then give up.
 */
#ifndef ELT_LOAD_NATIVE_CHECKS_H
#define ELT_LOAD_NATIVE_CHECKS_H

#include "postgres.h"
#include "decode/row_batch.h"
#include "predicate/native.h"
#include "predicate/unique_set.h"

/* Bits of a bigint, its sign left alone. */
#define MAX_NATIVE_CHECKS	63

typedef struct NativeCheck
{
	int32		id;
	NativeNode *condition;		/* or NULL: of uniqueness */
	UniqueSet  *unique;
	bool		given_up;		/* its bit means nothing */
	int64		failed;			/* rows of the slices that were kept */
	int64		failed_in_slice;
} NativeCheck;

typedef struct NativeChecks
{
	int			count;
	NativeCheck checks[MAX_NATIVE_CHECKS];	/* by bit */
	uint8		verdicts[NATIVE_ROWS];
} NativeChecks;

/* False when MAX_NATIVE_CHECKS is reached. */
extern bool NativeChecksAdd(NativeChecks *checks, int32 id, NativeNode *condition,
							UniqueSet *unique);

/* Evaluate the checks for each row of a batch, except for rows that are left out. */
extern void NativeChecksRun(NativeChecks *checks, const RowBatch *batch, const bool *left_out,
							uint64 *failed);

/* The rows since the last call stay staged, or do not. */
extern void NativeChecksEndSlice(NativeChecks *checks, bool kept);

#endif
