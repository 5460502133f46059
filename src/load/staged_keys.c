/*
 * staged_keys.c
 *	  Find staged rows whose values an earlier row has.
 *
 * Equal values have equal hashes, so rows whose 64-bit hashes all differ have different values:
 * that takes a few nanoseconds a row, where grouping takes as long as a join. The rows whose
 * hashes are repeated are read again and compared by the types' own operators.
 */
#include "base/compat.h"
#include "load/staged_keys.h"

#include "access/tableam.h"
#include "base/sql.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"

/* What a null adds to a hash. */
#define NULL_HASH UINT64CONST(0x9e3779b97f4a7c15)

typedef struct KeyColumn
{
	AttrNumber	attnum;
	int16		typlen;
	bool		typbyval;
	Oid			collation;
	FmgrInfo	hash;
	FmgrInfo	equal;
} KeyColumn;

struct StagedKeys
{
	Relation	staging;
	bool		nulls_equal;
	int			ncolumns;
	KeyColumn  *columns;
	AttrNumber	last;			/* column that a row is taken apart up to */
	uint64		seed;			/* keeps equal hashes to chance or real repetition */
	MemoryContext row_cxt;
};

/* Values of the first row that had them, the nulls behind them. */
typedef struct SeenKey
{
	struct SeenKey *next;		/* of the same hash */
	ItemPointerData tid;		/* of that row */
	bool		told;			/* it is known to be the first of several */
	Datum		values[FLEXIBLE_ARRAY_MEMBER];
} SeenKey;

typedef struct SeenHash
{
	uint64		hash;
	SeenKey    *keys;
	char		status;
} SeenHash;

#define SH_PREFIX seen
#define SH_ELEMENT_TYPE SeenHash
#define SH_KEY_TYPE uint64
#define SH_KEY hash
#define SH_HASH_KEY(table, key) ((uint32) (key))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* The second look at the rows. */
typedef struct Repeats
{
	StagedKeys *keys;
	seen_hash  *seen;
	MemoryContext cxt;			/* of what was seen */
	Size		memory;
	bool		fits;
	void		(*repeat) (void *arg, ItemPointer tid, ItemPointer first);
	void	   *arg;
} Repeats;

/* False when values of the column cannot be hashed. */
static bool
AddColumn(StagedKeys *keys, const char *name)
{
	KeyColumn  *column = &keys->columns[keys->ncolumns++];
	Form_pg_attribute att;
	TypeCacheEntry *type;

	column->attnum = get_attnum(RelationGetRelid(keys->staging), name);
	if (column->attnum <= 0)
		return false;
	att = TupleDescAttr(RelationGetDescr(keys->staging), column->attnum - 1);
	type = lookup_type_cache(att->atttypid, TYPECACHE_HASH_EXTENDED_PROC_FINFO |
							 TYPECACHE_EQ_OPR_FINFO);
	if (!OidIsValid(type->hash_extended_proc) || !OidIsValid(type->eq_opr))
		return false;
	column->typlen = att->attlen;
	column->typbyval = att->attbyval;
	column->collation = att->attcollation;
	column->hash = type->hash_extended_proc_finfo;
	column->equal = type->eq_opr_finfo;
	keys->last = Max(keys->last, column->attnum);
	return true;
}

StagedKeys *
StagedKeysOf(Relation staging, List *columns, bool nulls_equal)
{
	StagedKeys *keys = palloc0(sizeof(StagedKeys));
	ListCell   *lc;

	keys->staging = staging;
	keys->nulls_equal = nulls_equal;
	keys->columns = palloc0(sizeof(KeyColumn) * list_length(columns));
	foreach(lc, columns)
		if (!AddColumn(keys, lfirst(lc)))
			return NULL;
	if (!pg_strong_random(&keys->seed, sizeof(keys->seed)))
		elog(ERROR, "could not generate a random number");
	keys->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "elt staged key",
										  ALLOCSET_SMALL_SIZES);
	return keys;
}

/* False when the row stands apart. */
static bool
HashColumns(StagedKeys *keys, TupleTableSlot *slot, uint64 *hash)
{
	*hash = 0;
	for (int i = 0; i < keys->ncolumns; i++)
	{
		KeyColumn  *column = &keys->columns[i];
		int			at = column->attnum - 1;
		uint64		one = NULL_HASH;

		if (!slot->tts_isnull[at])
			one = DatumGetUInt64(FunctionCall2Coll(&column->hash, column->collation,
												   slot->tts_values[at],
												   UInt64GetDatum(keys->seed)));
		else if (!keys->nulls_equal)
			return false;
		*hash = hash_combine64(*hash, one);
	}
	return true;
}

bool
StagedKeyHash(StagedKeys *keys, TupleTableSlot *slot, uint64 *hash)
{
	MemoryContext outer = MemoryContextSwitchTo(keys->row_cxt);
	bool		together;

	slot_getsomeattrs(slot, keys->last);
	together = HashColumns(keys, slot, hash);
	MemoryContextSwitchTo(outer);
	MemoryContextReset(keys->row_cxt);
	*hash += *hash == 0;
	return together;
}

void
StagedRowsScan(Relation staging, void (*row) (void *arg, TupleTableSlot *slot), void *arg)
{
	TupleTableSlot *slot = table_slot_create(staging, NULL);
	TableScanDesc scan;

	PushActiveSnapshot(SqlSnapshot());
	scan = table_beginscan_strat(staging, GetActiveSnapshot(), 0, NULL, true, false);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		row(arg, slot);
	}
	table_endscan(scan);
	PopActiveSnapshot();
	ExecDropSingleTupleTableSlot(slot);
}

static bool *
NullsOf(const StagedKeys *keys, SeenKey *key)
{
	return (bool *) (key->values + keys->ncolumns);
}

static bool
ColumnEquals(StagedKeys *keys, int n, SeenKey *key, TupleTableSlot *slot)
{
	KeyColumn  *column = &keys->columns[n];
	int			at = column->attnum - 1;

	if (slot->tts_isnull[at] || NullsOf(keys, key)[n])
		return slot->tts_isnull[at] == NullsOf(keys, key)[n];
	return DatumGetBool(FunctionCall2Coll(&column->equal, column->collation, key->values[n],
										  slot->tts_values[at]));
}

static bool
KeyEquals(StagedKeys *keys, SeenKey *key, TupleTableSlot *slot)
{
	MemoryContext outer = MemoryContextSwitchTo(keys->row_cxt);
	bool		equal = true;

	for (int n = 0; equal && n < keys->ncolumns; n++)
		equal = ColumnEquals(keys, n, key, slot);
	MemoryContextSwitchTo(outer);
	MemoryContextReset(keys->row_cxt);
	return equal;
}

static SeenKey *
FindKey(StagedKeys *keys, const SeenHash *seen, TupleTableSlot *slot)
{
	for (SeenKey *key = seen->keys; key != NULL; key = key->next)
		if (KeyEquals(keys, key, slot))
			return key;
	return NULL;
}

static void
TellRepeat(const Repeats *r, SeenKey *key, ItemPointer tid)
{
	r->repeat(r->arg, tid, key->told ? NULL : &key->tid);
	key->told = true;
}

static void
KeepKey(Repeats *r, SeenHash *seen, TupleTableSlot *slot)
{
	StagedKeys *keys = r->keys;
	MemoryContext outer = MemoryContextSwitchTo(r->cxt);
	SeenKey    *key = palloc0(offsetof(SeenKey, values) +
							  keys->ncolumns * (sizeof(Datum) + sizeof(bool)));

	for (int n = 0; n < keys->ncolumns; n++)
	{
		const KeyColumn *column = &keys->columns[n];
		int			at = column->attnum - 1;

		NullsOf(keys, key)[n] = slot->tts_isnull[at];
		if (!slot->tts_isnull[at])
			key->values[n] = datumCopy(slot->tts_values[at], column->typbyval, column->typlen);
	}
	MemoryContextSwitchTo(outer);
	key->tid = slot->tts_tid;
	key->next = seen->keys;
	seen->keys = key;
	r->fits = MemoryContextMemAllocated(r->cxt, false) <= r->memory;
}

static void
LookAgain(void *arg, TupleTableSlot *slot)
{
	Repeats    *r = arg;
	uint64		hash;
	SeenHash   *seen;
	SeenKey    *key;

	if (!r->fits || !StagedKeyHash(r->keys, slot, &hash))
		return;
	seen = seen_lookup(r->seen, hash);
	if (seen == NULL)
		return;
	key = FindKey(r->keys, seen, slot);
	if (key != NULL)
		TellRepeat(r, key, &slot->tts_tid);
	else
		KeepKey(r, seen, slot);
}

static void
AwaitHashes(Repeats *r, const uint64 *hashes, int64 count)
{
	bool		found;

	r->seen = seen_create(r->cxt, Min(count, PG_INT32_MAX), NULL);
	for (int64 i = 0; i < count; i++)
	{
		SeenHash   *seen = seen_insert(r->seen, hashes[i], &found);

		seen->keys = NULL;
	}
}

bool
StagedKeysRepeated(StagedKeys *keys, HashLog *log, Size memory,
				   void (*repeat) (void *arg, ItemPointer tid, ItemPointer first), void *arg)
{
	Repeats		r = {.keys = keys, .memory = memory, .repeat = repeat, .arg = arg};
	uint64	   *hashes;
	int64		count;

	if (!HashLogRepeated(log, &hashes, &count))
		return false;
	if (count == 0)
		return true;
	r.cxt = AllocSetContextCreate(CurrentMemoryContext, "elt repeated keys",
								  ALLOCSET_DEFAULT_SIZES);
	r.fits = true;
	AwaitHashes(&r, hashes, count);
	StagedRowsScan(keys->staging, LookAgain, &r);
	MemoryContextDelete(r.cxt);
	return r.fits;
}
