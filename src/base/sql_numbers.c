/*
 * sql_numbers.c
 *	  Take the numbers of a result out of its rows as they come.
 */
#include "base/compat.h"
#include "base/sql_numbers.h"

#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "tcop/dest.h"
#include "utils/array.h"
#include "utils/memutils.h"

#define FIRST_ROOM 256

typedef struct NumberReceiver
{
	DestReceiver receiver;
	SqlNumbers *numbers;
	int64		room;
	int			ncolumns;
	MemoryContext cxt;
} NumberReceiver;

static void
MakeRoom(NumberReceiver *r, int64 room)
{
	for (int i = 0; i < r->ncolumns; i++)
	{
		int64	  **column = &r->numbers->columns[i];

		*column = *column == NULL ? MemoryContextAllocHuge(r->cxt, sizeof(int64) * room)
			: repalloc_huge(*column, sizeof(int64) * room);
	}
	r->room = room;
}

static bool
ReceiveNumbers(TupleTableSlot *slot, DestReceiver *self)
{
	NumberReceiver *r = (NumberReceiver *) self;

	slot_getallattrs(slot);
	if (r->numbers->count == r->room)
		MakeRoom(r, r->room * 2);
	for (int i = 0; i < r->ncolumns; i++)
		r->numbers->columns[i][r->numbers->count] = DatumGetInt64(slot->tts_values[i]);
	r->numbers->count++;
	return true;
}

static void
ReceiveStart(DestReceiver *self, int operation, TupleDesc row)
{
	NumberReceiver *r = (NumberReceiver *) self;

	if (row->natts > SQL_NUMBERS_MAX)
		elog(ERROR, "too many columns of numbers");
	r->ncolumns = row->natts;
	MakeRoom(r, FIRST_ROOM);
}

static void
ReceiveNothing(DestReceiver *self)
{
}

SqlNumbers
SqlRunNumbers(Sql *q, Oid role)
{
	NumberReceiver r = {{ReceiveNumbers, ReceiveStart, ReceiveNothing, ReceiveNothing}};
	SqlNumbers	numbers = {0};

	r.numbers = &numbers;
	r.cxt = CurrentMemoryContext;
	SqlRunInto(q, &r.receiver, role);
	return numbers;
}

void
SqlNumbersFree(SqlNumbers *numbers)
{
	for (int i = 0; i < SQL_NUMBERS_MAX; i++)
		if (numbers->columns[i] != NULL)
			pfree(numbers->columns[i]);
	memset(numbers, 0, sizeof(SqlNumbers));
}

void
SqlAddInt8Array(Sql *q, const int64 *values, int n)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(n, 1));

	for (int i = 0; i < n; i++)
		elements[i] = Int64GetDatum(values[i]);
	SqlAdd(q, INT8ARRAYOID,
		   PointerGetDatum(construct_array(elements, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
										   TYPALIGN_DOUBLE)), false);
}
