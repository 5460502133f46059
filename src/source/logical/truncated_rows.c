/*
 * truncated_rows.c
 *	  Find the rows that a truncated table had.
 *
 * Keys that have been deleted in the same batch may be among them, which does no harm.
 */
#include "base/compat.h"
#include "source/logical/truncated_rows.h"

#include "base/type_text.h"
#include "source/landed_keys.h"
#include "source/logical/logical_source.h"

struct TruncatedRows
{
	List	   *changes;		/* of the key, by their numbers */
	LandedKeys *keys;
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

TruncatedRows *
TruncatedRowsFind(const SourceDefinition *def)
{
	const LogicalSource *source = def->own;
	TruncatedRows *rows = palloc0(sizeof(TruncatedRows));
	AttrNumber *columns;
	ListCell   *lc;

	rows->changes = KeyChanges(source);
	columns = palloc(sizeof(AttrNumber) * Max(list_length(rows->changes), 1));
	foreach(lc, rows->changes)
		columns[foreach_current_index(lc)] = source->changes[lfirst_int(lc)].attnum;
	rows->keys = LandedKeysFind(def, list_length(rows->changes), columns,
								source->target == NULL ? NULL :
								psprintf("%s WHERE %s", source->target, source->is_present),
								source->staging, source->owner);
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
	TupleTableSlot *slot = LandedKeysNext(rows->keys);
	ListCell   *lc;

	if (slot == NULL)
	{
		list_free(rows->changes);
		pfree(rows);
		return false;
	}
	foreach(lc, rows->changes)
	{
		int			at = column_of[lfirst_int(lc)];

		if (at >= 0)
			tuple->values[at] = KeyValue(slot, foreach_current_index(lc));
	}
	return true;
}
