/*
 * truncation.c
 *	  Delete the rows of a table that was truncated.
 *
 * Each row that has landed or is staged becomes a row with its key, and what the event says of the
 * truncation beside it. Keys that have been deleted before may be among them, which does no harm.
 */
#include "base/compat.h"
#include "source/truncation.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "executor/executor.h"
#include "executor/tstoreReceiver.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "source/event_landing.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/tuplestore.h"

struct Truncation
{
	const SourceDefinition *def;
	MemoryContext cxt;
	Datum	   *values;			/* of the row that tells of it, as a delete */
	bool	   *isnull;
	int			nkeys;
	AttrNumber *keys;
	Tuplestorestate *found;		/* keys; NULL: they have not been looked for */
	TupleTableSlot *slot;
};

static AttrNumber
OpColumn(const SourceDefinition *def)
{
	for (int i = 0; i < def->ncolumns; i++)
		if (def->columns[i].role == EVENT_OP)
			return def->columns[i].attnum;
	return InvalidAttrNumber;
}

/* Some other row is the last one when this one was refused. */
static bool
TellsOfTruncation(const RowBatch *rows, AttrNumber op)
{
	size_t		at = (size_t) (rows->nrows - 1) * rows->desc->natts + op - 1;

	return rows->nrows > 0 && op > 0 && !rows->isnull[at] &&
		strcmp(TextDatumGetCString(rows->values[at]), "truncate") == 0;
}

static void
ReadKeys(Truncation *t)
{
	t->keys = palloc(sizeof(AttrNumber) * Max(t->def->ncolumns, 1));
	for (int i = 0; i < t->def->ncolumns; i++)
		if (NamesContain(t->def->key, t->def->columns[i].name))
			t->keys[t->nkeys++] = t->def->columns[i].attnum;
}

static void
CopyRow(Truncation *t, const RowBatch *rows, AttrNumber op)
{
	int			natts = rows->desc->natts;
	size_t		at = (size_t) (rows->nrows - 1) * natts;

	t->values = palloc0(sizeof(Datum) * natts);
	t->isnull = palloc(sizeof(bool) * natts);
	for (int i = 0; i < natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(rows->desc, i);

		t->isnull[i] = rows->isnull[at + i];
		if (!t->isnull[i])
			t->values[i] = datumCopy(rows->values[at + i], att->attbyval, att->attlen);
	}
	t->values[op - 1] = CStringGetTextDatum("delete");
}

Truncation *
TruncationTake(const SourceDefinition *def, RowBatch *rows)
{
	AttrNumber	op = OpColumn(def);
	Truncation *t;

	rows->truncates = false;
	if (def->landing == NULL || def->landing->is_log || !TellsOfTruncation(rows, op))
		return NULL;
	t = palloc0(sizeof(Truncation));
	t->def = def;
	t->cxt = CurrentMemoryContext;
	ReadKeys(t);
	CopyRow(t, rows, op);
	rows->nrows--;
	return t;
}

/* ---- keys ---- */

static char *
KeyList(const Truncation *t)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < t->nkeys; i++)
	{
		Form_pg_attribute att = TupleDescAttr(t->def->desc, t->keys[i] - 1);

		AppendItem(&list, ", ", "%s::%s", quote_identifier(NameStr(att->attname)),
				   format_type_be_qualified(att->atttypid));
	}
	return list.data;
}

static char *
KeysQuery(const Truncation *t)
{
	const EventLanding *landing = t->def->landing;
	char	   *keys = KeyList(t);

	if (landing->target == NULL)
		return psprintf("SELECT DISTINCT %s FROM %s", keys, landing->staging);
	return psprintf("SELECT %s FROM %s AS t WHERE true%s UNION SELECT %s FROM %s", keys, landing->target,
					EventLandedCondition(landing), keys, landing->staging);
}

static TupleDesc
KeyRow(const Truncation *t)
{
	TupleDesc	desc = CreateTemplateTupleDesc(t->nkeys);

	for (int i = 0; i < t->nkeys; i++)
	{
		Form_pg_attribute att = TupleDescAttr(t->def->desc, t->keys[i] - 1);

		TupleDescInitEntry(desc, i + 1, NameStr(att->attname), att->atttypid, att->atttypmod, 0);
	}
	return desc;
}

static void
FindKeys(Truncation *t)
{
	MemoryContext old = MemoryContextSwitchTo(t->cxt);
	DestReceiver *dest = CreateDestReceiver(DestTuplestore);
	Sql			q;

	t->found = tuplestore_begin_heap(false, false, work_mem);
	t->slot = MakeSingleTupleTableSlot(KeyRow(t), &TTSOpsMinimalTuple);
	SetTuplestoreDestReceiverParams(dest, t->found, CurrentMemoryContext, true, NULL, NULL);
	SqlBegin(&q, KeysQuery(t));
	(void) SqlRunInto(&q, dest, t->def->landing->owner);
	SqlDone(&q);
	dest->rDestroy(dest);
	MemoryContextSwitchTo(old);
}

/* ---- rows ---- */

static void
AddDelete(const Truncation *t, RowBatch *rows)
{
	MemoryContext old = MemoryContextSwitchTo(rows->cxt);
	int			row = RowBatchAdd(rows, 0);

	for (int i = 0; i < rows->desc->natts; i++)
		if (!t->isnull[i])
			RowBatchPut(rows, row, i + 1, t->values[i]);
	slot_getallattrs(t->slot);
	for (int i = 0; i < t->nkeys; i++)
	{
		Form_pg_attribute att = TupleDescAttr(rows->desc, t->keys[i] - 1);

		if (!t->slot->tts_isnull[i])
			RowBatchPut(rows, row, t->keys[i], datumCopy(t->slot->tts_values[i], att->attbyval, att->attlen));
	}
	MemoryContextSwitchTo(old);
}

bool
TruncationFill(Truncation *t, RowBatch *rows)
{
	if (t->found == NULL)
		FindKeys(t);
	while (rows->nrows < rows->capacity)
	{
		if (!tuplestore_gettupleslot(t->found, true, false, t->slot))
		{
			ExecDropSingleTupleTableSlot(t->slot);
			tuplestore_end(t->found);
			pfree(t);
			return false;
		}
		AddDelete(t, rows);
	}
	return true;
}
