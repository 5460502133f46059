/*
 * relation_rows.c
 *	  Stage ranges of a relation, without the rows that cannot be read.
 *
 * A range is staged by one statement. Where an expression of a view fails for one of its rows, it is
 * staged again in pieces of some rows, and a piece that fails is halved until the row is found: that
 * row is rejected with its place, which is all that can be read of it.
 */
#include "base/compat.h"
#include "source/relation/relation_rows.h"

#include "base/attempt.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* Rows that are staged again at a time after one of them has failed. */
#define PIECE_ROWS 1000

/* More are no single rows any more, nor are fewer before any row that can be read. */
#define MAX_FAULTS 10000
#define MAX_FAULTS_FIRST 20

/* ---- the last row of a statement ---- */

typedef struct LastRow
{
	DestReceiver receiver;
	const RelationSource *relation;
	int			first;			/* of the order's columns, which are the row's */
	OrderPlace *place;			/* NULL: there was none */
	MemoryContext cxt;
} LastRow;

static bool
ReceiveRow(TupleTableSlot *slot, DestReceiver *self)
{
	LastRow    *last = (LastRow *) self;
	MemoryContext old = MemoryContextSwitchTo(last->cxt);

	MemoryContextReset(last->cxt);
	slot_getallattrs(slot);
	last->place = OrderPlaceCopy(last->relation, last->first, slot->tts_values);
	MemoryContextSwitchTo(old);
	return true;
}

static void
ReceiveStart(DestReceiver *self, int operation, TupleDesc row)
{
}

static void
ReceiveNothing(DestReceiver *self)
{
}

static LastRow
LastRowOf(const RelationRange *range)
{
	LastRow		last = {{ReceiveRow, ReceiveStart, ReceiveNothing, ReceiveNothing, DestNone}};

	last.relation = range->def->own;
	last.first = PhaseOrder(range->def, range->phase);
	last.cxt = AllocSetContextCreate(CurrentMemoryContext, "elt last row", ALLOCSET_SMALL_SIZES);
	return last;
}

/* ---- one statement ---- */

/* A range to be staged, and what came of it. */
typedef struct Statement
{
	RelationRange range;
	StageOrder *order;
	LastRow		last;
	int64		rows;
	bool		more;			/* the limit may have left some out */
	MemoryContext cxt;			/* of rejects */
} Statement;

static void
RunStatement(void *arg)
{
	Statement  *s = arg;
	const RelationSource *relation = s->range.def->own;
	Sql			q;

	s->rows = 0;
	s->last.place = NULL;
	InsertRows(&q, &s->range, s->order);
	if (s->last.first >= 0)
		s->rows = SqlRunInto(&q, &s->last.receiver, relation->owner);
	else
		s->rows = SqlDo(&q, relation->owner);
}

/* Rows at the place of the last one may have been left out by the limit: all of them come anew. */
static void
CompleteLastPlace(Statement *s, const OrderPlace *place)
{
	const RelationSource *relation = s->range.def->own;
	char	   *table = pnstrdup(s->order->into, strchr(s->order->into, '(') - s->order->into);
	StringInfoData sql;
	Sql			q;

	initStringInfo(&sql);
	SqlBegin(&q, NULL);
	SqlAddTime(&q, s->order->loaded_at);
	appendStringInfo(&sql, "DELETE FROM %s AS t WHERE t._loaded_at = $1 AND ", table);
	AppendAt(&sql, &q, relation, place);
	q.text = sql.data;
	s->rows -= SqlDo(&q, relation->owner);
	s->range.behind = NULL;
	s->range.from = NULL;
	s->range.limit = 0;
	s->range.at = place;
	InsertRows(&q, &s->range, s->order);
	s->rows += SqlRunInto(&q, &s->last.receiver, relation->owner);
	s->last.place = NULL;
}

static void
RunLimited(void *arg)
{
	Statement  *s = arg;
	const RelationSource *relation = s->range.def->own;
	Statement	tail;

	RunStatement(s);
	s->more = s->range.limit > 0 && s->rows >= s->range.limit;
	if (!s->more || relation->unique)
		return;
	tail = *s;
	tail.last = LastRowOf(&s->range);
	CompleteLastPlace(&tail, s->last.place);
	s->rows = tail.rows;
}

/* ---- errors of other servers ---- */

/*
 * A statement that another server has cancelled, for its own statement_timeout, is no wish of
 * anybody here.
 */
static void
Rethrow(ErrorData *error)
{
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED && error->context != NULL &&
		strstr(error->context, "remote SQL command") != NULL)
		error->sqlerrcode = ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION;
	ThrowErrorData(error);
}

/* ---- rows that cannot be read ---- */

/* Errors that a value causes, in the source's own expressions or in the types of its columns. */
static bool
IsRowFault(const ErrorData *error)
{
	switch (ERRCODE_TO_CATEGORY(error->sqlerrcode))
	{
		case ERRCODE_DATA_EXCEPTION:
		case ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION:
			return true;
		default:
			return error->sqlerrcode == ERRCODE_RAISE_EXCEPTION;
	}
}

/* Which of the rows at one place has failed cannot be told. */
static int
RowsAt(const Statement *s, const OrderPlace *place)
{
	const RelationSource *relation = s->range.def->own;
	RelationRange range = s->range;
	int			n;
	Sql			q;

	if (relation->unique)
		return 1;
	range.behind = range.up_to = NULL;
	range.from = NULL;
	range.at = place;
	SelectPlaces(&q, &range);
	n = SqlDo(&q, relation->owner);
	return n;
}

static void
Reject(Statement *s, const OrderPlace *place, const ErrorData *error)
{
	const RelationSource *relation = s->range.def->own;
	int			rows = RowsAt(s, place);
	MemoryContext old = MemoryContextSwitchTo(s->cxt);
	RowReject  *reject = palloc0(sizeof(RowReject));

	if (list_length(s->order->rejects) >= (s->order->rows > 0 ? MAX_FAULTS : MAX_FAULTS_FIRST))
		ThrowErrorData(unconstify(ErrorData *, error));
	reject->offset = -1;
	reject->reason = "expression";
	reject->sqlstate = error->sqlerrcode;
	reject->message = pstrdup(error->message);
	reject->raw = OrderPlaceAsJson(relation, s->range.def, place);
	while (rows-- > 0)
		s->order->rejects = lappend(s->order->rejects, reject);
	MemoryContextSwitchTo(old);
}

/* Stage rows at these places, from one on, and reject those that fail. */
static void
StagePlaces(Statement *s, OrderPlace **places, int from, int to)
{
	ErrorData  *error;
	int			middle = from + (to - from) / 2;
	const OrderPlace *behind = s->range.behind;

	CHECK_FOR_INTERRUPTS();
	s->range.up_to = places[to - 1];
	error = Attempt(RunStatement, s);
	if (error == NULL)
	{
		s->order->rows += s->rows;
		return;
	}
	if (!IsRowFault(error))
		Rethrow(error);
	if (to - from == 1)
	{
		Reject(s, places[from], error);
		return;
	}
	FreeErrorData(error);
	StagePlaces(s, places, from, middle);
	s->range.behind = places[middle - 1];
	s->range.from = NULL;
	StagePlaces(s, places, middle, to);
	s->range.behind = behind;
}

/* The places of the next rows, each once; returns how many. */
static int
ReadPlaces(Statement *s, OrderPlace **places)
{
	const RelationSource *relation = s->range.def->own;
	int			first = PhaseOrder(s->range.def, s->range.phase);
	int			norder = relation->norder - first;
	Datum	   *values = palloc(sizeof(Datum) * norder);
	int			n = 0;
	Sql			q;

	s->range.limit = PIECE_ROWS;
	s->range.up_to = NULL;
	SelectPlaces(&q, &s->range);
	SqlRun(&q, relation->owner);
	for (uint64 i = 0; i < q.processed; i++)
	{
		bool		isnull;

		for (int column = 0; column < norder; column++)
			values[column] = SqlDatum(&q, i, column + 1, &isnull);
		places[n] = OrderPlaceCopy(relation, first, values);
		if (n == 0 || !OrderPlacesEqual(relation, places[n - 1], places[n]))
			n++;
	}
	SqlDone(&q);
	s->range.limit = 0;
	return n;
}

/* As many rows as were wanted, in pieces; false: there are no more. */
static bool
StageInPieces(RelationPull *pull, Statement *s)
{
	OrderPlace **places = palloc(sizeof(OrderPlace *) * PIECE_ROWS);
	int64		limit = s->order->limit;
	MemoryContext scratch = AllocSetContextCreate(s->cxt, "elt piece", ALLOCSET_DEFAULT_SIZES);
	bool		full = false;
	int			n;

	do
	{
		MemoryContextSwitchTo(scratch);
		n = ReadPlaces(s, places);
		if (n > 0)
		{
			StagePlaces(s, places, 0, n);
			RelationReached(pull, places[n - 1]);
			s->range.behind = pull->behind;
			s->range.from = NULL;
		}
		MemoryContextSwitchTo(s->cxt);
		MemoryContextReset(scratch);
		full = limit > 0 && s->order->rows + list_length(s->order->rejects) >= limit;
	} while (n > 0 && !full);
	MemoryContextDelete(scratch);
	return full;
}

/* ---- the next rows ---- */

/* All at once has failed: row by row there is an order, where the key has one. */
static bool
StageAllInPieces(RelationPull *pull, Statement *s, ErrorData *error)
{
	const RelationSource *relation = s->range.def->own;

	if (s->range.phase == READ_ALL && relation->norder > 0)
		pull->phase = s->range.phase = READ_ORDERED;
	if (PhaseOrder(s->range.def, s->range.phase) < 0)
		ThrowErrorData(error);
	s->last = LastRowOf(&s->range);
	return StageInPieces(pull, s);
}

bool
RelationStageRows(RelationPull *pull, const Slice *slice, StageOrder *order)
{
	Statement	s = {RelationNext(pull, slice), order};
	ErrorData  *error;

	s.cxt = CurrentMemoryContext;
	if (PhaseOrder(s.range.def, s.range.phase) >= 0)
		s.range.limit = order->limit;
	s.last = LastRowOf(&s.range);
	error = Attempt(RunLimited, &s);
	if (error != NULL && !IsRowFault(error))
		Rethrow(error);
	if (error != NULL)
		return StageAllInPieces(pull, &s, error);
	order->rows += s.rows;
	if (s.last.place != NULL)
		RelationReached(pull, s.last.place);
	return s.more;
}
