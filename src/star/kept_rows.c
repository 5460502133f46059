/*
 * kept_rows.c
 *	  Rows of a query that following statements read by a name, as triggers read changed rows.
 */
#include "base/compat.h"
#include "star/kept_rows.h"

#include "base/setting.h"
#include "base/sql.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/guc.h"
#include "utils/queryenvironment.h"
#include "utils/tuplestore.h"

struct KeptRows
{
	DestReceiver dest;			/* first, so that a pointer to it is one to this */
	MemoryContext context;		/* of what outlives the query */
	Tuplestorestate *store;
	EphemeralNamedRelationData relation;
	uint64		count;
};

static void
Startup(DestReceiver *self, int operation, TupleDesc desc)
{
	KeptRows   *rows = (KeptRows *) self;
	MemoryContext caller = MemoryContextSwitchTo(rows->context);

	rows->relation.md.tupdesc = CreateTupleDescCopy(desc);
	MemoryContextSwitchTo(caller);
}

static bool
Receive(TupleTableSlot *slot, DestReceiver *self)
{
	tuplestore_puttupleslot(((KeptRows *) self)->store, slot);
	return true;
}

static void
Shutdown(DestReceiver *self)
{
}

KeptRows *
KeptRowsOf(const char *name, const char *query, Oid role)
{
	KeptRows   *rows = palloc0(sizeof(KeptRows));
	Sql			q;

	rows->dest.receiveSlot = Receive;
	rows->dest.rStartup = Startup;
	rows->dest.rShutdown = Shutdown;
	rows->dest.rDestroy = Shutdown;
	rows->dest.mydest = DestTuplestore;
	rows->context = CurrentMemoryContext;
	rows->store = tuplestore_begin_heap(true, false, work_mem);
	SqlBegin(&q, query);
	rows->count = SqlRunInto(&q, &rows->dest, role);

	rows->relation.md.name = pstrdup(name);
	rows->relation.md.reliddesc = InvalidOid;
	rows->relation.md.enrtype = ENR_NAMED_TUPLESTORE;
	rows->relation.md.enrtuples = (double) rows->count;
	rows->relation.reldata = rows->store;
	if (SPI_register_relation(&rows->relation) != SPI_OK_REL_REGISTER)
		elog(ERROR, "rows \"%s\" are kept already", name);
	return rows;
}

KeptRows *
KeptRowsLookUp(const char *name, const char *query, Oid role)
{
	int			guc_level = SettingsLookUp();
	KeptRows   *rows = KeptRowsOf(name, query, role);

	AtEOXact_GUC(false, guc_level);
	return rows;
}

uint64
KeptRowsCount(const KeptRows *rows)
{
	return rows->count;
}

void
KeptRowsEnd(KeptRows *rows)
{
	SPI_unregister_relation(rows->relation.md.name);
	tuplestore_end(rows->store);
}
