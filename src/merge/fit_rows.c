/*
 * fit_rows.c
 *	  Merge a batch, and when the target refuses it, without the rows for which it does.
 *
 * A batch is merged as a whole. Only when that fails with an error that a value brings about, its
 * rows are merged part by part, in a subtransaction that is rolled back: a part that fails is
 * halved, one that succeeds stays, so that later rows meet those before them. What is left are single
 * rows, with the error of each.
 */
#include "base/compat.h"
#include "merge/fit_rows.h"

#include "base/attempt.h"
#include "base/row_fault.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "load/staging.h"
#include "load/work.h"
#include "merge/batch.h"
#include "merge/checked_shape.h"
#include "merge/merge.h"
#include "merge/strategy.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define REFUSED "refused"

/* Rows that are looked for one by one; when there are more, it is not the rows that are wrong. */
#define MAX_REFUSED 1000

/* From so many on max_reject_percent applies to the rows looked at. */
#define MIN_JUDGED 100

typedef struct Search
{
	const MergeShape *shape;
	const MergeShape *part_shape;	/* by which parts are merged */
	int64		run_id;
	int64		count;
	ItemPointerData *staged;	/* places of the rows in the staging table, in their order */
	ItemPointerData *copied;	/* of the same rows in the work table */
	bool		filled;			/* the staging table has rows of a part */
	int64		refused[MAX_REFUSED];	/* which rows */
	Offence    *offences[MAX_REFUSED];
	int			nrefused;
	const ErrorData *error;		/* of the whole batch */
	MemoryContext cxt;
	MemoryContext part_cxt;
} Search;

/* ---- the rows ---- */

static ItemPointerData *
PlacesOf(const Search *s, const char *table, int64 *count)
{
	ItemPointerData *places;
	Sql			q;

	SqlBegin(&q, psprintf("SELECT ctid FROM %s ORDER BY ctid", table));
	*count = (int64) SqlRun(&q, s->shape->pipeline->owner);
	places = MemoryContextAllocHuge(s->cxt, sizeof(ItemPointerData) * Max(*count, 1));
	for (int64 i = 0; i < *count; i++)
		ItemPointerCopy((ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)), &places[i]);
	SqlDone(&q);
	return places;
}

/* In the same order, so that a place in one table says the place in the other. */
static void
CopyRows(Search *s)
{
	const Pipeline *p = s->shape->pipeline;
	int64		copied;

	WorkTableBegin(p, REFUSED, StagingColumns(p));
	s->staged = PlacesOf(s, PipelineStaging(p), &s->count);
	SqlExec(psprintf("INSERT INTO %s SELECT * FROM %s ORDER BY ctid", WorkTable(p, REFUSED),
					 PipelineStaging(p)), p->owner);
	s->copied = PlacesOf(s, WorkTable(p, REFUSED), &copied);
	Assert(copied == s->count);
	StagingTruncate(p);
}

static char *
PlaceText(ItemPointer place)
{
	return psprintf("'(%u,%u)'::pg_catalog.tid", ItemPointerGetBlockNumber(place),
					ItemPointerGetOffsetNumber(place));
}

/* ---- parts ---- */

typedef struct Part
{
	Search	   *search;
	int64		first;
	int64		count;
} Part;

static void
MergePart(void *arg)
{
	const Part *part = arg;
	Search	   *s = part->search;
	const Pipeline *p = s->shape->pipeline;
	MergeCounts counts = {0};

	CHECK_FOR_INTERRUPTS();
	if (s->filled)
		StagingTruncate(p);
	if (part->count > 0)
		SqlExec(psprintf("INSERT INTO %s SELECT * FROM %s WHERE ctid BETWEEN %s AND %s ORDER BY ctid",
						 PipelineStaging(p), WorkTable(p, REFUSED),
						 PlaceText(&s->copied[part->first]),
						 PlaceText(&s->copied[part->first + part->count - 1])), p->owner);
	MergeBatch(part->count > 0 ? s->part_shape : s->shape, s->run_id, &counts);
}

static Offence *
OffenceOf(const Search *s, const ErrorData *error)
{
	MemoryContext old = MemoryContextSwitchTo(s->cxt);
	Offence    *offence = palloc0(sizeof(Offence));

	offence->reason = "constraint";
	offence->message = pstrdup(error->message);
	offence->column = error->column_name ? pstrdup(error->column_name) : NULL;
	offence->sqlstate = error->sqlerrcode;
	MemoryContextSwitchTo(old);
	return offence;
}

/* NULL: the part has landed; it stays for the parts after it. */
static const Offence *
TryPart(Search *s, int64 first, int64 count)
{
	Part		part = {s, first, count};
	MemoryContext caller = MemoryContextSwitchTo(s->part_cxt);
	ErrorData  *error = Attempt(MergePart, &part);
	const Offence *offence = NULL;

	MemoryContextSwitchTo(caller);
	if (error == NULL)
		s->filled = true;
	else if (IsRowFault(error->sqlerrcode))
		offence = OffenceOf(s, error);
	else
		ReThrowError(error);
	MemoryContextReset(s->part_cxt);
	return offence;
}

/* Rows are looked at in their order. */
static bool
AreTooMany(const Search *s, int64 row)
{
	return s->nrefused == MAX_REFUSED ||
		(s->nrefused >= MIN_JUDGED &&
		 s->nrefused * 100.0 > s->shape->pipeline->max_reject_percent * (row + 1));
}

static void
AddRefused(Search *s, int64 row, const Offence *offence)
{
	if (AreTooMany(s, row))
		ReThrowError(unconstify(ErrorData *, s->error));
	s->refused[s->nrefused] = row;
	s->offences[s->nrefused++] = unconstify(Offence *, offence);
}

static void FindRefused(Search *s, int64 first, int64 count);

/* Of a part that is known to fail. */
static void
Halve(Search *s, int64 first, int64 count, const Offence *offence)
{
	if (count == 1)
	{
		AddRefused(s, first, offence);
		return;
	}
	FindRefused(s, first, count / 2);
	FindRefused(s, first + count / 2, count - count / 2);
}

static void
FindRefused(Search *s, int64 first, int64 count)
{
	const Offence *offence = TryPart(s, first, count);

	if (offence != NULL)
		Halve(s, first, count, offence);
}

/* A row may have been refused only because one that it refers to came behind it. */
static bool
TryAgain(Search *s)
{
	int			left = 0;

	for (int i = 0; i < s->nrefused; i++)
	{
		const Offence *offence = s->offences[i];

		if (offence->sqlstate == ERRCODE_FOREIGN_KEY_VIOLATION)
			offence = TryPart(s, s->refused[i], 1);
		if (offence == NULL)
			continue;
		s->refused[left] = s->refused[i];
		s->offences[left++] = unconstify(Offence *, offence);
	}
	if (left == s->nrefused)
		return false;
	s->nrefused = left;
	return true;
}

/* ---- the batch ---- */

static void
Find(void *arg)
{
	Search	   *s = arg;

	CopyRows(s);
	/* what fails without rows is no fault of theirs; what they replace is gone then */
	if (s->count == 0 || TryPart(s, 0, 0) != NULL)
		ReThrowError(unconstify(ErrorData *, s->error));
	Halve(s, 0, s->count, OffenceOf(s, s->error));
	while (TryAgain(s))
		;
}

static BadRows *
RefusedRows(Search *s)
{
	BadRows    *bad = BadRowsBegin();

	for (int i = 0; i < s->nrefused; i++)
		BadRowsAdd(bad, &s->staged[s->refused[i]], s->offences[i]);
	return bad;
}

/* Rows that the target refuses, of a batch that failed with this error. */
static BadRows *
FindRefusedRows(const MergeShape *shape, int64 run_id, const ErrorData *error)
{
	Search	   *s = palloc0(sizeof(Search));
	ErrorData  *failure;

	s->shape = shape;
	s->part_shape = MergeShapeOf(PipelineOfParts(shape->pipeline), shape->source);
	s->run_id = run_id;
	s->error = error;
	s->cxt = CurrentMemoryContext;
	s->part_cxt = AllocSetContextCreate(s->cxt, "elt part of a batch", ALLOCSET_DEFAULT_SIZES);
	failure = AttemptAndUndo(Find, s);
	if (failure != NULL)
		ReThrowError(failure);
	return RefusedRows(s);
}

typedef struct WholeBatch
{
	const MergeShape *shape;
	int64		run_id;
	MergeCounts *counts;
} WholeBatch;

static void
MergeWhole(void *arg)
{
	const WholeBatch *whole = arg;

	MergeBatch(whole->shape, whole->run_id, whole->counts);
}

void
MergeFitRows(const MergeShape *shape, int64 run_id, MergeCounts *counts)
{
	MergeCounts before = *counts;
	WholeBatch	whole = {shape, run_id, counts};
	ErrorData  *error = Attempt(MergeWhole, &whole);

	if (error == NULL)
		return;
	if (!IsRowFault(error->sqlerrcode))
		ReThrowError(error);
	*counts = before;
	counts->quarantined += QuarantineStaged(FindRefusedRows(shape, run_id, error),
											shape->pipeline, run_id);
	MergeBatch(shape, run_id, counts);
}
