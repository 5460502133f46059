/*
 * sequence_ties.c
 *	  Count places in the order of changes of a key that rows with other values share.
 *
 * Hashes tell that there are none in the time of a scan. Only where they do not, rows are grouped.
 */
#include "base/compat.h"
#include "merge/sequence_ties.h"

#include "access/relation.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "load/batch_memory.h"
#include "load/staged_keys.h"
#include "load/staging.h"
#include "merge/sequence.h"
#include "utils/memutils.h"
#include "utils/rel.h"

typedef struct Places
{
	const Pipeline *pipeline;
	StagedKeys *keys;
	HashLog    *hashes;
	bool		may_repeat;
} Places;

static void
AddPlace(void *arg, TupleTableSlot *slot)
{
	Places	   *places = arg;
	uint64		hash;

	if (StagedKeyHash(places->keys, slot, &hash))
		HashLogAdd(places->hashes, hash);
}

static void
ScanPlaces(void *arg)
{
	Places	   *places = arg;
	const Pipeline *p = places->pipeline;
	Relation	staging = RelationOpen(StagingRelation(p), AccessShareLock);
	uint64	   *repeated;
	int64		count = 0;

	places->keys = StagedKeysOf(staging, list_concat_copy(p->key, p->sequence_by), false);
	places->hashes = HashLogCreate(BatchMemory());
	if (places->keys != NULL)
		StagedRowsScan(staging, AddPlace, places);
	places->may_repeat = places->keys == NULL ||
		!HashLogRepeated(places->hashes, &repeated, &count) || count > 0;
	relation_close(staging, NoLock);
}

static bool
MayRepeat(const Pipeline *p)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "elt sequence ties",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(cxt);
	Places		places = {.pipeline = p};

	RunAs(p->owner, ScanPlaces, &places);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(cxt);
	return places.may_repeat;
}

int64
SequenceTies(const MergeShape *shape, const RepeatedRows *repeated)
{
	Sql			q;
	char	   *row = psprintf("ROW(%s)::text", Comparable(shape->values, NULL));
	char	   *only = RepeatedRowsAreApart(repeated)
		? psprintf(" WHERE %s", IsRepeated(repeated)) : "";

	if (shape->sequence == NIL || !MayRepeat(shape->pipeline))
		return 0;
	SqlBegin(&q, psprintf("SELECT count(*) FROM (SELECT FROM %s%s GROUP BY %s, %s\n"
						  "\tHAVING min(%s COLLATE \"C\") <> max(%s COLLATE \"C\")) AS tie",
						  shape->staging, only,
						  ColumnList(shape->keys, NULL), SequenceList(shape, 0, NULL, ""),
						  row, row));
	return SqlDoInt8(&q, shape->pipeline->owner);
}
