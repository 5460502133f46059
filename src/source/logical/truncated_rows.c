/*
 * truncated_rows.c
 *	  Find the rows that a truncated table had.
 *
 * Keys that have been deleted in the same batch may be among them, which does no harm.
 */
#include "base/compat.h"
#include "source/logical/truncated_rows.h"

#include "base/sql.h"
#include "base/type_text.h"
#include "executor/executor.h"
#include "executor/tstoreReceiver.h"
#include "miscadmin.h"
#include "source/logical/logical_source.h"
#include "utils/tuplestore.h"

struct TruncatedRows
{
	List	   *changes;		/* of the key, by their numbers */
	Tuplestorestate *keys;
	TupleTableSlot *slot;
};

/* The key's columns that are values; of each the number of the change. */
static List *
KeyChanges(const LogicalSource *source)
{
	List	   *changes = NIL;

	for (int i = 0; i < source->nchanges; i++)
		if (source->changes[i].is_key && source->changes[i].role == CHANGE_VALUE)
			changes = lappend_int(changes, i);
	return changes;
}

static TupleDesc
KeyRow(const SourceDefinition *def, List *changes)
{
	const LogicalSource *source = def->own;
	TupleDesc	desc = CreateTemplateTupleDesc(list_length(changes));
	ListCell   *lc;

	foreach(lc, changes)
	{
		Form_pg_attribute att = TupleDescAttr(def->desc, source->changes[lfirst_int(lc)].attnum - 1);

		TupleDescInitEntry(desc, foreach_current_index(lc) + 1, NameStr(att->attname), att->atttypid,
						   att->atttypmod, 0);
	}
	return desc;
}

TruncatedRows *
TruncatedRowsFind(const SourceDefinition *def)
{
	const LogicalSource *source = def->own;
	TruncatedRows *rows = palloc0(sizeof(TruncatedRows));
	DestReceiver *dest = CreateDestReceiver(DestTuplestore);
	const char *names;
	Sql			q;

	rows->changes = KeyChanges(source);
	names = ChangeColumnNames(def, rows->changes);
	rows->keys = tuplestore_begin_heap(false, false, work_mem);
	rows->slot = MakeSingleTupleTableSlot(KeyRow(def, rows->changes), &TTSOpsMinimalTuple);
	SetTuplestoreDestReceiverParams(dest, rows->keys, CurrentMemoryContext, true, NULL, NULL);
	SqlBegin(&q, psprintf("SELECT %s FROM %s WHERE %s UNION SELECT %s FROM %s", names, source->target,
						  source->is_present, names, source->staging));
	(void) SqlRunInto(&q, dest, source->owner);
	SqlDone(&q);
	dest->rDestroy(dest);
	return rows;
}

static OutputValue
KeyValue(TupleTableSlot *slot, int at)
{
	OutputValue value = {OUTPUT_NULL};
	char	   *text;

	if (slot->tts_isnull[at])
		return value;
	text = TextOfValue(TupleDescAttr(slot->tts_tupleDescriptor, at)->atttypid, slot->tts_values[at]);
	value.kind = OUTPUT_TEXT;
	value.text = text;
	value.len = strlen(text);
	return value;
}

bool
TruncatedRowsNext(TruncatedRows *rows, const int *column_of, OutputTuple *tuple)
{
	ListCell   *lc;

	if (!tuplestore_gettupleslot(rows->keys, true, false, rows->slot))
	{
		ExecDropSingleTupleTableSlot(rows->slot);
		tuplestore_end(rows->keys);
		list_free(rows->changes);
		pfree(rows);
		return false;
	}
	slot_getallattrs(rows->slot);
	foreach(lc, rows->changes)
	{
		int			at = column_of[lfirst_int(lc)];

		if (at >= 0)
			tuple->values[at] = KeyValue(rows->slot, foreach_current_index(lc));
	}
	return true;
}
