/*
 * split_trigger.c
 *	  Note the versions of rows that come and go in a partition that is being divided.
 */
#include "base/compat.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xlog.h"
#include "base/errors.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#define OWN_COLUMNS 3			/* before those of the partition */

PG_FUNCTION_INFO_V1(elt_note_split_change);

/* The table of notes; NULL when it is gone, which whoever copies will find. */
static Relation
OpenLog(const Trigger *trigger)
{
	Oid			schema = get_namespace_oid(trigger->tgargs[0], true);
	Oid			log = OidIsValid(schema) ? get_relname_relid(trigger->tgargs[1], schema) : InvalidOid;

	if (!OidIsValid(log) || get_rel_relkind(log) != RELKIND_RELATION)
		return NULL;
	return table_open(log, RowExclusiveLock);
}

/* Columns that have changed since begin the division anew, so that nothing needs to be noted. */
static bool
Fits(TupleDesc log, TupleDesc row)
{
	int			at = OWN_COLUMNS;

	for (int i = 0; i < row->natts; i++)
	{
		if (TupleDescAttr(row, i)->attisdropped)
			continue;
		if (at >= log->natts || TupleDescAttr(log, at)->attisdropped ||
			TupleDescAttr(log, at)->atttypid != TupleDescAttr(row, i)->atttypid)
			return false;
		at++;
	}
	return at == log->natts;
}

/* The position in the log of transactions orders what happens at one place: it grows with each note. */
static void
Note(Relation log, TupleDesc row, TupleTableSlot *version, ItemPointer at, bool is_new)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(log), &TTSOpsVirtual);
	int			n = 0;

	slot_getallattrs(version);
	slot->tts_values[n] = Int64GetDatum((int64) GetXLogInsertRecPtr());
	slot->tts_isnull[n++] = false;
	slot->tts_values[n] = BoolGetDatum(is_new);
	slot->tts_isnull[n++] = false;
	slot->tts_values[n] = PointerGetDatum(at);
	slot->tts_isnull[n++] = false;
	for (int i = 0; i < row->natts; i++)
	{
		if (TupleDescAttr(row, i)->attisdropped)
			continue;
		slot->tts_values[n] = version->tts_values[i];
		slot->tts_isnull[n++] = version->tts_isnull[i];
	}
	ExecStoreVirtualTuple(slot);
	table_tuple_insert(log, slot, GetCurrentCommandId(true), 0, NULL);
	ExecDropSingleTupleTableSlot(slot);
}

static void
CheckIsOurs(FunctionCallInfo fcinfo)
{
	const TriggerData *data = (const TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(data->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(data->tg_event) || data->tg_trigger->tgnargs != 2)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("elt_catalog.note_split_change is called only by triggers that "
						"elt.split_partition creates")));
}

Datum
elt_note_split_change(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	TupleDesc	row;
	Relation	log;

	CheckIsOurs(fcinfo);
	row = RelationGetDescr(data->tg_relation);
	log = OpenLog(data->tg_trigger);
	if (log == NULL)
		return PointerGetDatum(NULL);
	if (Fits(RelationGetDescr(log), row))
	{
		Note(log, row, data->tg_trigslot, &data->tg_trigtuple->t_self,
			 TRIGGER_FIRED_BY_INSERT(data->tg_event));
		if (TRIGGER_FIRED_BY_UPDATE(data->tg_event))
			Note(log, row, data->tg_newslot, &data->tg_newtuple->t_self, true);
	}
	table_close(log, NoLock);
	return PointerGetDatum(NULL);
}
