/*
 * key_scan.c
 *	  Are the keys of a batch distinct, and where do they lie?
 *
 * Equal keys have equal hashes, so keys whose 64-bit hashes all differ are distinct: that takes
 * a few nanoseconds a row, where grouping takes as long as the join with the target. When two
 * hashes are equal the caller must ask SQL, which the seed keeps to chance or real repetition.
 */
#include "base/compat.h"
#include "merge/key_scan.h"

#include "access/relation.h"
#include "access/tableam.h"
#include "base/identity.h"
#include "base/iso.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "load/staging.h"
#include "merge/long_key.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#define FIRST_ROWS 4096
/* Memory of a row: hash and value here, two places of the table that finds repetitions. */
#define BYTES_PER_ROW (4 * sizeof(int64))

typedef struct KeyColumn
{
	AttrNumber	attnum;
	Oid			collation;
	bool		varlena;
	FmgrInfo	hash;
} KeyColumn;

typedef struct Scanner
{
	const MergeShape *shape;
	KeyScan    *result;
	bool		complete;
	MemoryContext caller;		/* where the values go */
	MemoryContext row_cxt;
	int			ncolumns;
	KeyColumn  *columns;
	AttrNumber	last;			/* column that a row is taken apart up to */
	AttrNumber	range;			/* 0: none */
	Oid			range_type;
	uint64		seed;
	uint64	   *hashes;
	int64	   *values;
	int64		count;
	int64		size;
} Scanner;

#define ST_SORT SortValues
#define ST_ELEMENT_TYPE int64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b) ? 1 : 0)
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static bool
IsInteger(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return true;
		default:
			return false;
	}
}

static int64
IntegerOf(Oid type, Datum value)
{
	if (type == INT2OID)
		return DatumGetInt16(value);
	if (type == INT4OID || type == DATEOID)
		return DatumGetInt32(value);
	return DatumGetInt64(value);
}

static Datum
TimeOf(Oid type, int64 value)
{
	return type == DATEOID ? DateADTGetDatum((DateADT) value) : Int64GetDatum(value);
}

static Oid
RangeType(const MergeShape *shape)
{
	Oid			staging = StagingRelation(shape->pipeline);

	return getBaseType(get_atttype(staging, get_attnum(staging, shape->range_name)));
}

char *
RangeLiteral(const MergeShape *shape, int64 value)
{
	Oid			type = RangeType(shape);
	char	   *text;

	if (type == INT2OID || type == INT4OID || type == INT8OID)
		text = psprintf(INT64_FORMAT, value);
	else
		text = IsoText(TimeOf(type, value), type);
	return psprintf("%s::%s", quote_literal_cstr(text), shape->range_type);
}

/* False when values of the column cannot be hashed. */
static bool
AddColumn(Scanner *s, Relation staging, const char *name)
{
	KeyColumn  *column = &s->columns[s->ncolumns++];
	Form_pg_attribute att;
	TypeCacheEntry *type;

	column->attnum = get_attnum(RelationGetRelid(staging), name);
	att = TupleDescAttr(RelationGetDescr(staging), column->attnum - 1);
	type = lookup_type_cache(att->atttypid, TYPECACHE_HASH_EXTENDED_PROC_FINFO);
	if (!OidIsValid(type->hash_extended_proc))
		return false;
	column->collation = att->attcollation;
	column->varlena = att->attlen == -1;
	column->hash = type->hash_extended_proc_finfo;
	s->last = Max(s->last, column->attnum);
	return true;
}

static bool
PrepareColumns(Scanner *s, Relation staging)
{
	const Pipeline *p = s->shape->pipeline;
	ListCell   *lc;

	s->columns = palloc0(sizeof(KeyColumn) * list_length(p->key));
	foreach(lc, p->key)
		if (!AddColumn(s, staging, lfirst(lc)))
			return false;
	if (s->shape->range_name == NULL)
		return true;
	s->range = get_attnum(RelationGetRelid(staging), s->shape->range_name);
	s->range_type = RangeType(s->shape);
	return IsInteger(s->range_type);
}

/* False when the memory of a maintenance command is used up. */
static bool
Reserve(Scanner *s)
{
	if (s->count < s->size)
		return true;
	if ((s->size * 2) * BYTES_PER_ROW > maintenance_work_mem * (Size) 1024)
		return false;
	s->size *= 2;
	s->hashes = repalloc_huge(s->hashes, s->size * sizeof(uint64));
	s->values = repalloc_huge(s->values, s->size * sizeof(int64));
	return true;
}

/* What a value takes in its row; one that stands outside of it is long. */
static Size
StoredSize(Datum value)
{
	struct varlena *stored = (struct varlena *) DatumGetPointer(value);

	return VARATT_IS_EXTERNAL(stored) ? SHORT_KEY_BYTES + 1 : VARSIZE_ANY(stored);
}

/* False when the key has a NULL. */
static bool
HashKey(Scanner *s, TupleTableSlot *slot, uint64 *hash)
{
	Size		size = 0;

	*hash = 0;
	for (int i = 0; i < s->ncolumns; i++)
	{
		KeyColumn  *column = &s->columns[i];
		int			at = column->attnum - 1;

		if (slot->tts_isnull[at])
			return false;
		if (column->varlena)
			size += StoredSize(slot->tts_values[at]);
		*hash = hash_combine64(*hash, DatumGetUInt64(
			FunctionCall2Coll(&column->hash, column->collation, slot->tts_values[at],
							  UInt64GetDatum(s->seed))));
	}
	s->result->long_keys |= size > SHORT_KEY_BYTES;
	return true;
}

static bool
AddRow(Scanner *s, TupleTableSlot *slot)
{
	MemoryContext outer = MemoryContextSwitchTo(s->row_cxt);
	uint64		hash;
	bool		complete;

	slot_getsomeattrs(slot, s->last);
	complete = HashKey(s, slot, &hash);
	MemoryContextSwitchTo(outer);
	MemoryContextReset(s->row_cxt);

	s->result->rows++;
	if (!complete)
	{
		s->result->null_keys++;
		return true;
	}
	if (!Reserve(s))
		return false;
	s->hashes[s->count] = hash;
	if (s->range > 0)
		s->values[s->count] = IntegerOf(s->range_type, slot->tts_values[s->range - 1]);
	s->count++;
	return true;
}

static bool
ReadRows(Scanner *s, Relation staging)
{
	TupleTableSlot *slot = table_slot_create(staging, NULL);
	TableScanDesc scan = table_beginscan(staging, GetActiveSnapshot(), 0, NULL);
	bool		fits = true;

	while (fits && table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		fits = AddRow(s, slot);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	return fits;
}

/* A hash of 0 marks a free place, so it is taken for repeated. */
static bool
HashesDiffer(const Scanner *s)
{
	uint64		size = pg_nextpower2_64(Max(s->count * 2, 2));
	uint64	   *places = MemoryContextAllocExtended(CurrentMemoryContext, size * sizeof(uint64),
													MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int64 i = 0; i < s->count; i++)
	{
		uint64		at = s->hashes[i] & (size - 1);

		while (places[at] != 0 && places[at] != s->hashes[i])
			at = (at + 1) & (size - 1);
		if (places[at] == s->hashes[i])
			return false;
		places[at] = s->hashes[i];
	}
	return true;
}

static void
KeepValues(Scanner *s)
{
	if (s->range == 0)
		return;
	SortValues(s->values, s->count);
	s->result->values = MemoryContextAllocHuge(s->caller, Max(s->count, 1) * sizeof(int64));
	memcpy(s->result->values, s->values, s->count * sizeof(int64));
}

static void
ScanStaging(void *arg)
{
	Scanner    *s = arg;
	Relation	staging = RelationOpen(StagingRelation(s->shape->pipeline), AccessShareLock);

	PushActiveSnapshot(GetTransactionSnapshot());
	s->complete = PrepareColumns(s, staging) && ReadRows(s, staging);
	if (s->complete)
	{
		s->result->distinct = HashesDiffer(s);
		KeepValues(s);
	}
	PopActiveSnapshot();
	relation_close(staging, NoLock);
}

bool
ScanKeys(const MergeShape *shape, KeyScan *scan)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "elt key scan",
											  ALLOCSET_DEFAULT_SIZES);
	Scanner		s = {.shape = shape, .result = scan, .size = FIRST_ROWS};

	s.caller = MemoryContextSwitchTo(cxt);
	s.row_cxt = AllocSetContextCreate(cxt, "elt key scan row", ALLOCSET_SMALL_SIZES);
	s.hashes = palloc(s.size * sizeof(uint64));
	s.values = palloc(s.size * sizeof(int64));
	memset(scan, 0, sizeof(KeyScan));
	if (!pg_strong_random(&s.seed, sizeof(s.seed)))
		elog(ERROR, "could not generate a random number");

	RunAs(shape->pipeline->owner, ScanStaging, &s);
	MemoryContextSwitchTo(s.caller);
	MemoryContextDelete(cxt);
	return s.complete;
}
