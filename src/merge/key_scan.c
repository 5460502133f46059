/*
 * key_scan.c
 *	  Find out whether the keys of a batch are distinct, and in which ranges they lie.
 */
#include "base/compat.h"
#include "merge/key_scan.h"

#include "access/relation.h"
#include "base/identity.h"
#include "base/iso.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "load/batch_memory.h"
#include "load/staged_keys.h"
#include "load/staging.h"
#include "merge/long_key.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

typedef struct Scanner
{
	const MergeShape *shape;
	KeyScan    *result;
	bool		complete;
	StagedKeys *keys;
	HashLog    *hashes;
	int			nvarlena;
	AttrNumber *varlena;		/* key columns that may be long */
	AttrNumber	range;			/* 0: none */
	Oid			range_type;
	Stretches  *values;
	MemoryContext caller;
} Scanner;

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

/* False when the range column's values are not numbers here. */
static bool
PrepareRange(Scanner *s, Relation staging)
{
	if (s->shape->range_name == NULL)
		return true;
	s->range = get_attnum(RelationGetRelid(staging), s->shape->range_name);
	s->range_type = RangeType(s->shape);
	return IsInteger(s->range_type);
}

static void
FindVarlena(Scanner *s, Relation staging)
{
	List	   *key = s->shape->pipeline->key;
	ListCell   *lc;

	s->varlena = palloc(sizeof(AttrNumber) * list_length(key));
	foreach(lc, key)
	{
		AttrNumber	attnum = get_attnum(RelationGetRelid(staging), lfirst(lc));

		if (TupleDescAttr(RelationGetDescr(staging), attnum - 1)->attlen == -1)
			s->varlena[s->nvarlena++] = attnum;
	}
}

static bool
Prepare(Scanner *s, Relation staging)
{
	s->keys = StagedKeysOf(staging, s->shape->pipeline->key, false);
	if (s->keys == NULL || !PrepareRange(s, staging))
		return false;
	FindVarlena(s, staging);
	s->hashes = HashLogCreate(BatchMemory());
	return true;
}

/* What a value takes in its row; one that stands outside of it is long. */
static Size
StoredSize(Datum value)
{
	struct varlena *stored = (struct varlena *) DatumGetPointer(value);

	return VARATT_IS_EXTERNAL(stored) ? SHORT_KEY_BYTES + 1 : VARSIZE_ANY(stored);
}

static bool
IsLong(const Scanner *s, TupleTableSlot *slot)
{
	Size		size = 0;

	for (int i = 0; i < s->nvarlena; i++)
		size += StoredSize(slot->tts_values[s->varlena[i] - 1]);
	return size > SHORT_KEY_BYTES;
}

static void
ScanRow(void *arg, TupleTableSlot *slot)
{
	Scanner    *s = arg;
	uint64		hash;

	s->result->rows++;
	if (!StagedKeyHash(s->keys, slot, &hash))
	{
		s->result->null_keys++;
		return;
	}
	HashLogAdd(s->hashes, hash);
	s->result->long_keys |= IsLong(s, slot);
	if (s->range > 0)
		StretchesAdd(s->values, IntegerOf(s->range_type, slot->tts_values[s->range - 1]));
}

static void
NoteRepeat(void *arg, ItemPointer tid, ItemPointer first)
{
	KeyScan    *result = arg;

	result->repeats++;
	RepeatedRowsAdd(result->repeated, tid);
	if (first != NULL)
		RepeatedRowsAdd(result->repeated, first);
}

static void
KeepValues(Scanner *s)
{
	if (s->range == 0)
		return;
	StretchesEnd(s->values);
	s->result->values = s->values;
}

/* They outlive the scan. */
static void
FindRepeats(Scanner *s)
{
	MemoryContext old = MemoryContextSwitchTo(s->caller);

	s->result->repeated = RepeatedRowsBegin(s->result->rows);
	MemoryContextSwitchTo(old);
	if (!StagedKeysRepeated(s->keys, s->hashes, BatchMemory(), NoteRepeat, s->result))
		s->result->repeats = -1;
}

static void
ScanStaging(void *arg)
{
	Scanner    *s = arg;
	Relation	staging = RelationOpen(StagingRelation(s->shape->pipeline), AccessShareLock);

	s->complete = Prepare(s, staging);
	if (s->complete)
	{
		StagedRowsScan(staging, ScanRow, s);
		KeepValues(s);
		FindRepeats(s);
	}
	relation_close(staging, NoLock);
}

bool
ScanKeys(const MergeShape *shape, KeyScan *scan)
{
	Scanner		s = {
		.shape = shape, .result = scan, .values = StretchesBegin(), .caller = CurrentMemoryContext
	};
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "elt key scan",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(cxt);

	memset(scan, 0, sizeof(KeyScan));
	RunAs(shape->pipeline->owner, ScanStaging, &s);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(cxt);
	return s.complete;
}
