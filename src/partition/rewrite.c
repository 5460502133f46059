/*
 * rewrite.c
 *	  Rewrite a table sorted and dense while others use it.
 *
 * Rows and indexes are written beside the table while others read and write it. Then the table is locked
 * for a moment, the files are exchanged, and the old ones are dropped. Nobody may have written in between,
 * and each transaction must see all rows as it has seen them before, however old its snapshot is: rows
 * that are not yet visible to all of them refuse the call. All of that is one transaction, so that
 * nothing is left behind wherever it ends.
 */
#include "base/compat.h"
#include "partition/rewrite.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "base/pause.h"
#include "base/setting.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "commands/cluster.h"
#include "commands/tablecmds.h"
#include "partition/busy.h"
#include "partition/file_swap.h"
#include "partition/quiet.h"
#include "partition/sorted_copy.h"
#include "storage/lmgr.h"
#include "storage/predicate.h"
#include "storage/procarray.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"

#define QUIET_ATTEMPTS 4
#define FIRST_PAUSE_MS 50

/* An index of the table, and the same of its copy. */
typedef struct IndexPair
{
	Oid			kept;
	Oid			made;
} IndexPair;

typedef struct Work
{
	Rewrite    *rewrite;
	Relation	table;
	Snapshot	snapshot;
	TransactionId oldest;
	Oid			copy;
	List	   *indexes;		/* IndexPair * */
	Oid			brin;			/* of the copy, or invalid */
	RowSum		sum;
} Work;

static void
LockAgainstDDL(void *arg)
{
	LockRelationOid(*(Oid *) arg, ShareUpdateExclusiveLock);
}

static void
LockAlone(void *arg)
{
	Work	   *w = arg;
	ListCell   *lc;

	LockRelationOid(w->rewrite->relid, AccessExclusiveLock);
	foreach(lc, w->indexes)
		LockRelationOid(((IndexPair *) lfirst(lc))->kept, AccessExclusiveLock);
}

/* ---- what cannot be rewritten ---- */

static void
Refuse(Oid relid, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("partition \"%s\" cannot be compressed because %s", get_rel_name(relid), why)));
}

static void
CheckIndexes(Oid relid)
{
	Sql			q;
	char	   *name;

	SqlBegin(&q, "select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid "
			 "where i.indrelid = $1 and not (i.indisvalid and i.indisready and i.indislive) limit 1");
	SqlAddOid(&q, OIDOID, relid);
	name = SqlDoText(&q, AsCatalog());
	if (name != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("partition \"%s\" cannot be compressed because its index \"%s\" is invalid",
						get_rel_name(relid), name),
				 errhint("Drop the index, or rebuild it with REINDEX.")));
	SqlBegin(&q, "select from pg_index where indrelid = $1 and indisexclusion");
	SqlAddOid(&q, OIDOID, relid);
	if (SqlDo(&q, AsCatalog()) > 0)
		Refuse(relid, "it has an exclusion constraint");
}

static void
CheckKind(Relation table)
{
	Oid			relid = RelationGetRelid(table);

	if (table->rd_rel->relkind != RELKIND_RELATION)
		Refuse(relid, "it is not an ordinary table");
	if (table->rd_rel->relam != HEAP_TABLE_AM_OID)
		Refuse(relid, "its table access method is not heap");
	if (RelationUsesLocalBuffers(table))
		Refuse(relid, "it is temporary");
	CheckIndexes(relid);
}

static void
ReportBusy(const Work *w, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_IN_USE),
			 errmsg("partition \"%s\" cannot be compressed at the moment",
					RelationGetRelationName(w->table)),
			 errdetail("%s.", why),
			 errhint("Try again when transactions that were active then have ended; SELECT pid, "
					 "backend_xmin, query FROM pg_stat_activity ORDER BY age(backend_xmin) DESC "
					 "lists them.")));
}

/* The snapshot is taken first: it keeps what it does not see from becoming old enough. */
static bool
IsQuietFrom(Work *w)
{
	w->snapshot = RegisterSnapshot(GetLatestSnapshot());
	w->oldest = GetOldestNonRemovableTransactionId(w->table);
	if (TableIsQuiet(w->table, w->oldest))
		return true;
	UnregisterSnapshot(w->snapshot);
	return false;
}

/* Short transactions are waited for. */
static void
WaitUntilQuiet(Work *w)
{
	for (int attempt = 0; !IsQuietFrom(w); attempt++)
	{
		if (attempt == QUIET_ATTEMPTS)
			ReportBusy(w, "It has rows that other transactions may not see yet, or still see");
		PauseFor(FIRST_PAUSE_MS << attempt);
	}
}

/* ---- the copy ---- */

static char *
NameIn(Relation table, const char *name)
{
	return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)), name);
}

/* Late rows find the options of the table as they were. */
static void
FillPages(const char *kind, const char *relation, Oid owner)
{
	SqlExec(psprintf("ALTER %s %s SET (fillfactor = 100)", kind, relation), owner);
}

static void
MakeCopy(Work *w)
{
	Form_pg_class form = w->table->rd_rel;

	w->copy = make_new_heap(w->rewrite->relid, form->reltablespace, form->relam,
							form->relpersistence, ShareUpdateExclusiveLock);
	FillPages("TABLE", QuotedRelation(w->copy), form->relowner);
}

static void
Compare(const Work *w, Relation copy)
{
	RowSum		read = SumOfRows(copy, w->snapshot);

	if (RowSumsAreEqual(read, w->sum))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("partition \"%s\" cannot be compressed because its copy differs from it",
					RelationGetRelationName(w->table)),
			 errdetail("The partition has %lld rows, the copy %lld, or their hashes differ.",
					   (long long) w->sum.rows, (long long) read.rows)));
}

static void
FillCopy(Work *w)
{
	Relation	copy = table_open(w->copy, AccessExclusiveLock);
	int			guc_level = NewGUCNestLevel();

#ifdef USE_LZ4
	SettingSet("default_toast_compression", "lz4");
#endif
	w->sum = CopySorted(w->table, copy, w->snapshot, w->rewrite->columns);
	AtEOXact_GUC(true, guc_level);
	CommandCounterIncrement();
	Compare(w, copy);
	table_close(copy, NoLock);
}

/* An index of the copy by the definition of one of another table. */
static Oid
CloneIndex(Oid table, Oid index, const char *name)
{
	Relation	relation = table_open(table, NoLock);
	Oid			clone = index_concurrently_create_copy(relation, index, get_rel_tablespace(index),
													   name);

	table_close(relation, NoLock);
	CommandCounterIncrement();
	return clone;
}

static void
BuildIndex(Oid table, Oid index)
{
	Relation	relation = table_open(table, NoLock);
	Relation	made = index_open(index, AccessExclusiveLock);

	index_build(relation, made, BuildIndexInfo(made), false, true);
	index_close(made, NoLock);
	table_close(relation, NoLock);
	CommandCounterIncrement();
}

static bool
IsBtree(Oid index)
{
	Relation	relation = index_open(index, AccessShareLock);
	bool		is_btree = relation->rd_rel->relam == BTREE_AM_OID;

	index_close(relation, NoLock);
	return is_btree;
}

static void
MakeIndex(Work *w, Oid index)
{
	IndexPair  *pair = palloc(sizeof(IndexPair));
	char	   *name = psprintf("elt_rewrite_%u", index);

	pair->kept = index;
	pair->made = CloneIndex(w->copy, index, name);
	if (IsBtree(index))
		FillPages("INDEX", NameIn(w->table, name), w->table->rd_rel->relowner);
	BuildIndex(w->copy, pair->made);
	w->indexes = lappend(w->indexes, pair);
}

static void
MakeBrin(Work *w)
{
	char	   *name = psprintf("elt_rewrite_%u", w->copy);

	SqlExec(psprintf("CREATE INDEX %s ON %s USING brin (%s) WITH (autosummarize = on)",
					 quote_identifier(name), QuotedRelation(w->copy),
					 QuotedColumns(w->rewrite->brin_columns, NULL)), w->table->rd_rel->relowner);
	w->brin = get_relname_relid(name, RelationGetNamespace(w->table));
}

static void
MakeIndexes(Work *w)
{
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(w->table))
		if (!list_member_oid(w->rewrite->dropped, lfirst_oid(lc)))
			MakeIndex(w, lfirst_oid(lc));
	if (w->rewrite->brin != NULL)
		MakeBrin(w);
}

/* ---- the exchange ---- */

static void
DropIndexes(const Work *w, Oid owner)
{
	ListCell   *lc;

	foreach(lc, w->rewrite->dropped)
		SqlExec(psprintf("DROP INDEX %s", QuotedRelation(lfirst_oid(lc))), owner);
}

/* Built on the copy: here it gets its entry in the catalog. */
static void
TakeBrin(const Work *w)
{
	Oid			index = CloneIndex(w->rewrite->relid, w->brin, w->rewrite->brin);

	index_set_state_flags(index, INDEX_CREATE_SET_READY);
	CommandCounterIncrement();
	index_set_state_flags(index, INDEX_CREATE_SET_VALID);
	CommandCounterIncrement();
	SwapFiles(index, w->brin);
}

static void
DropCopy(Oid copy)
{
	ObjectAddress address;

	ObjectAddressSet(address, RelationRelationId, copy);
	performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	CommandCounterIncrement();
}

static void
Exchange(Work *w)
{
	Oid			owner = w->table->rd_rel->relowner;
	ListCell   *lc;

	TransferPredicateLocksToHeapRelation(w->table);
	table_close(w->table, NoLock);
	SwapTables(w->rewrite->relid, w->copy);
	foreach(lc, w->indexes)
	{
		IndexPair  *pair = lfirst(lc);

		SwapFiles(pair->kept, pair->made);
	}
	DropIndexes(w, owner);
	if (OidIsValid(w->brin))
		TakeBrin(w);
	DropCopy(w->copy);
	NameToast(w->rewrite->relid);
}

void
RewriteTable(Rewrite *r)
{
	Work		w = {.rewrite = r};

	WithLockTimeout(r->lock_timeout_ms, LockAgainstDDL, &r->relid);
	w.table = RelationOpen(r->relid, NoLock);
	CheckKind(w.table);
	WaitUntilQuiet(&w);
	PushActiveSnapshot(w.snapshot);
	MakeCopy(&w);
	FillCopy(&w);
	MakeIndexes(&w);
	WithLockTimeout(r->lock_timeout_ms, LockAlone, &w);
	CheckTableNotInUse(w.table, "compress");
	if (!TableIsQuiet(w.table, w.oldest))
		ReportBusy(&w, "Rows were written into it meanwhile");
	Exchange(&w);
	PopActiveSnapshot();
	UnregisterSnapshot(w.snapshot);
	r->rows = w.sum.rows;
}
