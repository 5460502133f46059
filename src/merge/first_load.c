/*
 * first_load.c
 *	  Insert into an empty target without its key, and build the key afterwards.
 *
 * The lock on the target keeps other writers out from before it is seen to be empty. Readers see
 * an empty table until the transaction commits; they wait for it while the key is built.
 * If another session uses the target when the load begins, or its key when that is built, the batch
 * is merged like any other.
 *
 * Who created the target does not matter. A table without a block has no row for any snapshot. With
 * neither triggers, which foreign keys are, but those of its change log, nor rules, row security or
 * another index than that of tombstones, an insert does nothing but add the row to heap and key. The
 * table belongs to the pipeline's owner, as REINDEX requires. All that is looked at again under the
 * lock, which lasts until the transaction ends. The key is marked as unbuilt, filled, and marked as
 * built in that one transaction: nobody else ever sees it unbuilt, and a rollback leaves it as it was.
 * A partition that is attached meanwhile brings a key that never was unbuilt.
 */
#include "base/compat.h"
#include "merge/first_load.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "base/attempt.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "change/change_keep.h"
#include "lib/stringinfo.h"
#include "merge/join_settings.h"
#include "merge/merge_command.h"
#include "merge/target.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Fewer rows, of the batch or for each table that they go to, are not worth it. */
#define MIN_ROWS			10000
#define MIN_ROWS_OF_TABLE	1000
/* From how many on a key may cost enough to be told about. */
#define MIN_ROWS_TO_ADVISE	100000
/* How long readers of the key are waited for. */
#define LOCK_TIMEOUT_MS		1000

typedef struct Load
{
	const MergeShape *shape;
	const BatchFacts *facts;
	List	   *keys;			/* Oid, an index for each table of the target */
	MergeCounts counts;
} Load;

/* The tables that hold a target's rows. */
static List *
TablesOf(Oid target)
{
	List	   *tables = NIL;
	ListCell   *lc;

	foreach(lc, find_all_inheritors(target, AccessShareLock, NULL))
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_RELATION)
			tables = lappend_oid(tables, lfirst_oid(lc));
	return tables;
}

/* Nothing happens to a row beside being inserted, and logged. */
static bool
IsPlain(Relation rel)
{
	Form_pg_class form = rel->rd_rel;

	return HasChangeTriggersOnly(rel) && !form->relhasrules && !form->relrowsecurity;
}

/* The index of a target's tombstones, which costs other rows nothing. */
static bool
IsOfTombstones(Oid oid)
{
	Relation	index = index_open(oid, AccessShareLock);
	List	   *predicate = RelationGetIndexPredicate(index);
	bool		result = !index->rd_index->indisunique && list_length(predicate) == 1 &&
		IsA(linitial(predicate), Var) && RelationGetIndexExpressions(index) == NIL;

	index_close(index, AccessShareLock);
	return result;
}

/* The only index beside that, or InvalidOid. */
static Oid
OnlyIndex(Relation rel)
{
	Oid			only = InvalidOid;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		if (IsOfTombstones(lfirst_oid(lc)))
			continue;
		if (OidIsValid(only))
			return InvalidOid;
		only = lfirst_oid(lc);
	}
	return only;
}

/* That of an empty table, or InvalidOid. */
static Oid
OnlyKey(Relation rel)
{
	if (!IsPlain(rel) || RelationGetNumberOfBlocks(rel) > 0)
		return InvalidOid;
	return OnlyIndex(rel);
}

/* Of a table, or InvalidOid when its key must be kept up; building one takes its owner. */
static Oid
KeyToBuild(Oid table, Oid owner)
{
	Relation	rel = relation_open(table, AccessShareLock);
	Oid			key = has_privs_of_role(owner, rel->rd_rel->relowner) ? OnlyKey(rel) : InvalidOid;

	relation_close(rel, NoLock);
	return key;
}

/* Oid of the indexes; NIL when one of the tables is not fit for it. */
static List *
KeysToBuild(const MergeShape *shape, List *tables)
{
	List	   *keys = NIL;
	ListCell   *lc;

	foreach(lc, tables)
	{
		Oid			key = KeyToBuild(lfirst_oid(lc), shape->pipeline->owner);

		if (!OidIsValid(key))
			return NIL;
		keys = lappend_oid(keys, key);
	}
	return keys;
}

static bool
TargetIsPlain(Oid target)
{
	Relation	rel = RelationOpen(target, AccessShareLock);
	bool		plain = IsPlain(rel) && OidIsValid(OnlyIndex(rel));

	relation_close(rel, NoLock);
	return plain;
}

static bool
IsLarge(const BatchFacts *facts, int ntables)
{
	return facts->keys >= MIN_ROWS && facts->keys / MIN_ROWS_OF_TABLE >= ntables;
}

bool
FirstLoadFits(const MergeShape *shape, const BatchFacts *facts)
{
	List	   *tables;

	if (shape->keys == NIL || facts->keys < MIN_ROWS ||
		!TargetIsHere(shape->pipeline->target) || !TargetIsPlain(shape->pipeline->target))
		return false;
	tables = TablesOf(shape->pipeline->target);
	return IsLarge(facts, list_length(tables)) && KeysToBuild(shape, tables) != NIL;
}

static void
UnlockTables(List *tables, int count)
{
	for (int i = 0; i < count; i++)
		UnlockRelationOid(list_nth_oid(tables, i), ShareRowExclusiveLock);
}

/* False, and none is locked, when one of them is in use. */
static bool
LockTables(List *tables)
{
	for (int i = 0; i < list_length(tables); i++)
		if (!ConditionalLockRelationOid(list_nth_oid(tables, i), ShareRowExclusiveLock))
		{
			UnlockTables(tables, i);
			return false;
		}
	return true;
}

/* A transaction that has read a table keeps its key locked. */
static bool
AreUnused(List *keys)
{
	ListCell   *lc;

	foreach(lc, keys)
	{
		if (!ConditionalLockRelationOid(lfirst_oid(lc), AccessExclusiveLock))
			return false;
		UnlockRelationOid(lfirst_oid(lc), AccessExclusiveLock);
	}
	return true;
}

/* Until it is built nothing is inserted into it, and nothing is looked for in it. */
static void
SuspendKey(Oid key)
{
	Relation	catalog = table_open(IndexRelationId, RowExclusiveLock);
	HeapTuple	tuple = SearchSysCacheCopy1(INDEXRELID, ObjectIdGetDatum(key));
	Form_pg_index index;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for index %u", key);
	index = (Form_pg_index) GETSTRUCT(tuple);
	index->indisready = false;
	index->indisvalid = false;
	CatalogTupleUpdate(catalog, &tuple->t_self, tuple);
	CacheInvalidateRelcacheByRelid(index->indrelid);
	table_close(catalog, RowExclusiveLock);
}

static char *
BuildKeySql(Oid key)
{
	return psprintf("REINDEX INDEX %s", QuotedRelation(key));
}

char *
FirstLoadInsert(const MergeShape *shape, const char *rows)
{
	bool		deletes = shape->deleted != NULL;

	return psprintf("INSERT INTO %s (%s, _run_id, _loaded_at%s)\n"
					"SELECT %s, s._run_id, s._loaded_at%s FROM %s", shape->target,
					ColumnList(shape->columns, NULL), deletes ? ", _deleted" : "",
					ColumnList(shape->columns, "s"), deletes ? ", s._deleted" : "", rows);
}

char *
FirstLoadSql(const MergeShape *shape, const char *insert)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	appendStringInfo(&text, "-- The target is empty: its key is built when the rows are there.\n%s",
					 insert);
	foreach(lc, KeysToBuild(shape, TablesOf(shape->pipeline->target)))
		appendStringInfo(&text, ";\n%s", BuildKeySql(lfirst_oid(lc)));
	return text.data;
}

static void
LandWithoutKeys(void *arg)
{
	Load	   *load = arg;
	ListCell   *lc;

	foreach(lc, load->keys)
		SuspendKey(lfirst_oid(lc));
	CommandCounterIncrement();
	MergeStrategyOf(load->shape->pipeline)->land(load->shape, load->facts, &load->counts);
	foreach(lc, load->keys)
		SqlExec(BuildKeySql(lfirst_oid(lc)), load->shape->pipeline->owner);
}

/* By another session, or by a cursor of this one. */
static bool
KeyIsInUse(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE ||
		error->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED ||
		error->sqlerrcode == ERRCODE_OBJECT_IN_USE;
}

/* False when somebody reads by the key: everything is as it was before. */
static bool
LandUndisturbed(Load *load)
{
	int			guc_level = MergeSettingsApply(CommonSettings());
	ErrorData  *error = AttemptWithin(LOCK_TIMEOUT_MS, LandWithoutKeys, load);

	AtEOXact_GUC(true, guc_level);
	if (error != NULL && !KeyIsInUse(error))
		ReThrowError(error);
	return error == NULL;
}

static bool
IsTime(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

/* Told once: the next batch finds rows in the target. */
static void
AdviseKey(const MergeShape *shape, const BatchFacts *facts)
{
	const Pipeline *p = shape->pipeline;
	const char *time = shape->range_name;
	char	   *first = TargetLeadingColumn(p->target, p->key);

	if (facts->keys < MIN_ROWS_TO_ADVISE || time == NULL || first == NULL ||
		strcmp(first, time) == 0 ||
		!IsTime(getBaseType(get_atttype(p->target, get_attnum(p->target, time)))))
		return;
	ereport(NOTICE,
			(errmsg("pipeline \"%s\": the key of its target begins with \"%s\", not with \"%s\"",
					p->name, first, time),
			 errdetail("Rows with new times are inserted at scattered positions of its index."),
			 errhint("Unless queries search by \"%s\" alone, loads are faster with a key that "
					 "begins with \"%s\". Create the pipeline with such a key and another target.",
					 first, time)));
}

bool
FirstLoadLand(const MergeShape *shape, BatchFacts *facts, MergeCounts *counts)
{
	Load		load = {.shape = shape, .facts = facts, .counts = *counts};
	List	   *tables;

	if (!MergeStrategyOf(shape->pipeline)->inserts_first || !FirstLoadFits(shape, facts))
		return false;
	tables = TablesOf(shape->pipeline->target);
	if (!LockTables(tables))
		return false;
	/* others wrote until it was locked */
	load.keys = KeysToBuild(shape, tables);
	if (load.keys == NIL || !AreUnused(load.keys))
	{
		UnlockTables(tables, list_length(tables));
		return false;
	}
	facts->first_load = true;
	facts->first_load = LandUndisturbed(&load);
	if (!facts->first_load)
		return false;
	*counts = load.counts;
	AdviseKey(shape, facts);
	return true;
}
