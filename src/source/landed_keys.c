/*
 * landed_keys.c
 *	  Find the keys of the rows that a pipeline has.
 */
#include "base/compat.h"
#include "source/landed_keys.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "executor/executor.h"
#include "executor/tstoreReceiver.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

struct LandedKeys
{
	Tuplestorestate *rows;
	TupleTableSlot *slot;
};

/* The target's columns may have other types. */
static char *
ColumnList(TupleDesc desc)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < desc->natts; i++)
		AppendItem(&list, ", ", "%s::%s", quote_identifier(NameStr(TupleDescAttr(desc, i)->attname)),
				   format_type_be_qualified(TupleDescAttr(desc, i)->atttypid));
	return list.data;
}

static TupleDesc
KeyRow(const SourceDefinition *def, int ncolumns, const AttrNumber *columns)
{
	TupleDesc	desc = CreateTemplateTupleDesc(ncolumns);

	for (int i = 0; i < ncolumns; i++)
	{
		Form_pg_attribute att = TupleDescAttr(def->desc, columns[i] - 1);

		TupleDescInitEntry(desc, i + 1, NameStr(att->attname), att->atttypid, att->atttypmod, 0);
	}
	return desc;
}

LandedKeys *
LandedKeysFind(const SourceDefinition *def, int ncolumns, const AttrNumber *columns, const char *landed,
			   const char *staging, Oid role)
{
	LandedKeys *keys = palloc(sizeof(LandedKeys));
	TupleDesc	desc = KeyRow(def, ncolumns, columns);
	char	   *list = ColumnList(desc);
	DestReceiver *dest = CreateDestReceiver(DestTuplestore);
	Sql			q;

	keys->rows = tuplestore_begin_heap(false, false, work_mem);
	keys->slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	SetTuplestoreDestReceiverParams(dest, keys->rows, CurrentMemoryContext, true, NULL, NULL);
	SqlBegin(&q, landed == NULL ? psprintf("SELECT DISTINCT %s FROM %s", list, staging) :
			 psprintf("SELECT %s FROM %s UNION SELECT %s FROM %s", list, landed, list, staging));
	(void) SqlRunInto(&q, dest, role);
	SqlDone(&q);
	dest->rDestroy(dest);
	return keys;
}

TupleTableSlot *
LandedKeysNext(LandedKeys *keys)
{
	if (tuplestore_gettupleslot(keys->rows, true, false, keys->slot))
	{
		slot_getallattrs(keys->slot);
		return keys->slot;
	}
	ExecDropSingleTupleTableSlot(keys->slot);
	tuplestore_end(keys->rows);
	pfree(keys);
	return NULL;
}
