/*
 * file_swap.c
 *	  Exchange the files of two relations, which keep all else.
 *
 * What CLUSTER does, for indexes too, so that none has to be built while the table is locked.
 */
#include "base/compat.h"
#include "partition/file_swap.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/toast_internals.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "commands/tablecmds.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#define SWAP(type, field) \
	do { \
		type		saved = a->field; \
		a->field = b->field; \
		b->field = saved; \
	} while (0)

static void
SwapColumns(Form_pg_class a, Form_pg_class b)
{
	SWAP(Oid, relfilenode);
	SWAP(int32, relpages);
	SWAP(float4, reltuples);
	SWAP(int32, relallvisible);
#if PG_VERSION_NUM >= 180000
	SWAP(int32, relallfrozen);
#endif
	SWAP(TransactionId, relfrozenxid);
	SWAP(TransactionId, relminmxid);
	SWAP(Oid, reltoastrelid);
}

/* What is new in this transaction may be written without WAL at wal_level minimal. */
static void
SwapSubtransactions(Oid kept, Oid made)
{
	Relation	a = relation_open(kept, NoLock);
	Relation	b = relation_open(made, NoLock);

	RelationTakeFileHistory(b, a);
	RelationAssumeNewFile(a);
	relation_close(a, NoLock);
	relation_close(b, NoLock);
}

static HeapTuple
ClassCopy(Oid relid)
{
	HeapTuple	tuple = SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(relid));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	return tuple;
}

void
SwapFiles(Oid kept, Oid made)
{
	Relation	classes = table_open(RelationRelationId, RowExclusiveLock);
	HeapTuple	a = ClassCopy(kept);
	HeapTuple	b = ClassCopy(made);

	SwapSubtransactions(kept, made);
	SwapColumns((Form_pg_class) GETSTRUCT(a), (Form_pg_class) GETSTRUCT(b));
	CatalogTupleUpdate(classes, &a->t_self, a);
	CatalogTupleUpdate(classes, &b->t_self, b);
	table_close(classes, RowExclusiveLock);
	RelationForgetFile(kept);
	RelationForgetFile(made);
	CommandCounterIncrement();
}

static Oid
ToastOf(Oid relid)
{
	return ((Form_pg_class) GETSTRUCT(ClassCopy(relid)))->reltoastrelid;
}

/* A TOAST table goes when its table does. */
static void
BindToast(Oid relid)
{
	ObjectAddress table;
	ObjectAddress toast;

	ObjectAddressSet(table, RelationRelationId, relid);
	ObjectAddressSet(toast, RelationRelationId, ToastOf(relid));
	if (!OidIsValid(toast.objectId))
		return;
	deleteDependencyRecordsFor(RelationRelationId, toast.objectId, false);
	recordDependencyOn(&toast, &table, DEPENDENCY_INTERNAL);
}

void
SwapTables(Oid kept, Oid made)
{
	SwapFiles(kept, made);
	BindToast(kept);
	BindToast(made);
	CommandCounterIncrement();
}

void
NameToast(Oid relid)
{
	Oid			toast = ToastOf(relid);

	if (!OidIsValid(toast))
		return;
	RenameRelationInternal(toast_get_valid_index(toast, AccessExclusiveLock),
						   psprintf("pg_toast_%u_index", relid), true, true);
	RenameRelationInternal(toast, psprintf("pg_toast_%u", relid), true, false);
	CommandCounterIncrement();
	ResetRelRewrite(toast);
}
