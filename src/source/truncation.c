/*
 * truncation.c
 *	  Delete the rows of a table that was truncated.
 *
 * Each row that has landed or is staged becomes a row with its key, and what the event says of the
 * truncation beside it. Keys that have been deleted before may be among them, which does no harm.
 */
#include "base/compat.h"
#include "source/truncation.h"

#include "base/row_json.h"
#include "base/type_text.h"
#include "source/event_landing.h"
#include "source/landed_keys.h"
#include "utils/builtins.h"
#include "utils/datum.h"

struct Truncation
{
	const SourceDefinition *def;
	MemoryContext cxt;
	Datum	   *values;			/* of the row that tells of it, as a delete */
	bool	   *isnull;
	int			nkeys;
	AttrNumber *keys;
	LandedKeys *found;			/* NULL: they have not been looked for */
};

/* Some other row is the last one when this one was refused. */
static bool
TellsOfTruncation(const RowBatch *rows, AttrNumber op)
{
	size_t		at = (size_t) (rows->nrows - 1) * rows->desc->natts + op - 1;

	return rows->nrows > 0 && op > 0 && !rows->isnull[at] &&
		strcmp(TextDatumGetCString(rows->values[at]), "truncate") == 0;
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
	AttrNumber	op = EventColumnOf(def, EVENT_OP);
	Truncation *t;

	rows->truncates = false;
	if (def->landing == NULL || def->landing->is_log || !TellsOfTruncation(rows, op))
		return NULL;
	t = palloc0(sizeof(Truncation));
	t->def = def;
	t->cxt = CurrentMemoryContext;
	t->keys = EventKeyColumns(def, &t->nkeys);
	CopyRow(t, rows, op);
	rows->nrows--;
	return t;
}

bool
TruncationIsNew(const Truncation *t)
{
	return t->found == NULL;
}

char *
TruncationAsJson(const Truncation *t)
{
	return RowAsJson(t->def->desc, t->values, t->isnull);
}

/* ---- keys ---- */

/* Versions that ended later were there too, when the truncation comes late. */
static const char *
LandedCondition(const Truncation *t)
{
	const EventLanding *landing = t->def->landing;
	AttrNumber	time = landing->valid_by;
	Oid			type;

	if (time == InvalidAttrNumber || t->isnull[time - 1])
		return EventLandedCondition(landing);
	type = TupleDescAttr(t->def->desc, time - 1)->atttypid;
	return psprintf(" AND (t.is_current OR t.valid_to >= %s::%s)",
					quote_literal_cstr(TextOfValue(type, t->values[time - 1])),
					format_type_be_qualified(type));
}

static void
FindKeys(Truncation *t)
{
	const EventLanding *landing = t->def->landing;
	MemoryContext old = MemoryContextSwitchTo(t->cxt);
	char	   *landed = NULL;

	if (landing->target != NULL)
		landed = psprintf("%s AS t WHERE true%s", landing->target, LandedCondition(t));
	t->found = LandedKeysFind(t->def, t->nkeys, t->keys, landed, landing->staging, landing->owner);
	MemoryContextSwitchTo(old);
}

/* ---- rows ---- */

static void
AddDelete(const Truncation *t, TupleTableSlot *slot, RowBatch *rows)
{
	MemoryContext old = MemoryContextSwitchTo(rows->cxt);
	int			row = RowBatchAdd(rows, 0);

	for (int i = 0; i < rows->desc->natts; i++)
		if (!t->isnull[i])
			RowBatchPut(rows, row, i + 1, t->values[i]);
	for (int i = 0; i < t->nkeys; i++)
	{
		Form_pg_attribute att = TupleDescAttr(rows->desc, t->keys[i] - 1);

		if (!slot->tts_isnull[i])
			RowBatchPut(rows, row, t->keys[i], datumCopy(slot->tts_values[i], att->attbyval, att->attlen));
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
		TupleTableSlot *slot = LandedKeysNext(t->found);

		if (slot == NULL)
		{
			pfree(t);
			return false;
		}
		AddDelete(t, slot, rows);
	}
	return true;
}
