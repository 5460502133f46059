/*
 * staged_keys.h
 *	  The values that staged rows have in some columns, compared as their types compare them.
 */
#ifndef ELT_LOAD_STAGED_KEYS_H
#define ELT_LOAD_STAGED_KEYS_H

#include "postgres.h"
#include "executor/tuptable.h"
#include "predicate/hash_log.h"
#include "utils/rel.h"

typedef struct StagedKeys StagedKeys;

/*
 * Of these columns (char *); NULL when the values of one cannot be hashed. A null is apart from
 * all others unless nulls_equal. They live in the current memory context.
 */
extern StagedKeys *StagedKeysOf(Relation staging, List *columns, bool nulls_equal);

/* Hash of a row's values, never 0; false when one is a null that is apart. */
extern bool StagedKeyHash(StagedKeys *keys, TupleTableSlot *slot, uint64 *hash);

/* Call row(arg, slot) for each staged row, in the order in which they stand there. */
extern void StagedRowsScan(Relation staging, void (*row) (void *arg, TupleTableSlot *slot),
						   void *arg);

/*
 * Call repeat(arg, tid, first) for each row whose values an earlier row has, where log holds the
 * hashes of all rows; first is the first row that has them, NULL if it has been told before. False
 * when memory does not hold the values that are repeated: then the calls mean nothing.
 */
extern bool StagedKeysRepeated(StagedKeys *keys, HashLog *log, Size memory,
							   void (*repeat) (void *arg, ItemPointer tid, ItemPointer first),
							   void *arg);

#endif
