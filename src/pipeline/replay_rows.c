/*
 * replay_rows.c
 *	  Decode the rejects of a replay into the staging table.
 *
 * A text of the source is decoded by its definition, one record at a time; a typed row is read as
 * such (replay_typed.h). What somebody has changed by hand may be anything, so it is decoded in a
 * subtransaction.
 */
#include "base/compat.h"
#include "pipeline/replay_rows.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/row_fault.h"
#include "catalog/replayed.h"
#include "decode/decode.h"
#include "load/reject.h"
#include "miscadmin.h"
#include "pipeline/replay_patch.h"
#include "pipeline/replay_typed.h"
#include "source/computed.h"
#include "source/decoding.h"
#include "source/file_columns.h"
#include "source/unsent_values.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

/* Rejects whose texts are in memory at a time. */
#define CHUNK_REJECTS 1000

typedef struct ReplayRows
{
	Execution  *e;
	Decoder    *decoders[REJECT_DECODED + 1];	/* by form; NULL: not needed so far */
	RowBatch   *rows;
	bool		decoded;		/* its rows are those of decoding, before expressions */
	bool		wrote;			/* rows have been written since this was reset */
	List	   *rejects;		/* RowReject * that the batch has left */
	List	   *chunk;			/* ReplayedReject * */
	TypedRows  *typed;			/* the same */

	/* the slice at hand; NULL: none is open */
	const ReplayedReject *open;
	const char **params;

	/* the reject at hand */
	const ReplayedReject *reject;
	Decoder    *decoder;
} ReplayRows;

/* ---- the batch ---- */

static void
EmptyBatch(ReplayRows *r)
{
	RowBatchReset(r->rows);
	r->rejects = NIL;
}

/* Rows that were added since carry the number of the reject at hand. */
static void
NumberRows(ReplayRows *r, int first)
{
	for (int i = first; i < r->rows->nrows; i++)
		r->rows->records[i] = r->reject->n;
}

/* Put aside what is rejected once more, so that it is not looked at again with the next one. */
static void
TakeRejects(ReplayRows *r)
{
	ListCell   *lc;
	MemoryContext old;

	foreach(lc, r->rows->rejects)
		((RowReject *) lfirst(lc))->record = r->reject->n;
	old = MemoryContextSwitchTo(r->rows->cxt);
	r->rejects = list_concat(r->rejects, r->rows->rejects);
	r->rows->rejects = NIL;
	MemoryContextSwitchTo(old);
}

/* Values that the decoder has left. */
static void
ResolveRows(ReplayRows *r)
{
	MemoryContext old;

	RowBatchResolve(r->rows);
	SourceMaskRejects(r->e->source, r->rows);
	old = MemoryContextSwitchTo(r->rows->cxt);
	r->rejects = list_concat(r->rejects, r->rows->rejects);
	MemoryContextSwitchTo(old);
}

static void
WriteBatch(ReplayRows *r)
{
	ResolveRows(r);
	r->rows->rejects = r->rejects;
	if (r->decoded && r->e->reader.computed != NULL)
		ComputedFill(r->e->reader.computed, r->rows);
	UnsentValuesFill(r->e->source, r->rows);
	r->rejects = r->rows->rejects;
	r->wrote |= r->rows->nrows > 0;
	if (r->rows->nrows > 0 || r->rejects != NIL)
		StageWriterAdd(r->e->writer, r->rows);
	EmptyBatch(r);
}

/* Rows of one kind are in a batch: those whose expressions are to be evaluated, or others. */
static void
TakeKind(ReplayRows *r, bool decoded)
{
	if (r->decoded != decoded)
		WriteBatch(r);
	r->decoded = decoded;
}

static bool
BatchIsNearlyFull(const ReplayRows *r)
{
	return r->rows->nrows >= r->rows->capacity || list_length(r->rejects) >= r->rows->capacity;
}

static void
AddReject(ReplayRows *r, const char *column, const char *reason, int sqlstate,
		  const char *message)
{
	MemoryContext old = MemoryContextSwitchTo(r->rows->cxt);
	RowReject  *reject = palloc0(sizeof(RowReject));

	reject->record = r->reject->n;
	reject->offset = -1;
	reject->column = column;
	reject->reason = reason;
	reject->sqlstate = sqlstate;
	reject->message = pstrdup(message);
	reject->raw = r->reject->raw;
	reject->form = RejectFormOf(r->reject->form);
	r->rejects = lappend(r->rejects, reject);
	MemoryContextSwitchTo(old);
}

/* ---- slices ---- */

/* As it was loaded at one time: its rows share what the writer is opened with. */
static bool
SameSlice(const ReplayedReject *a, const ReplayedReject *b)
{
	return a->loaded_at == b->loaded_at &&
		(a->params == b->params || strcmp(a->params, b->params) == 0) &&
		a->has_window == b->has_window &&
		(!a->has_window || (a->window_start == b->window_start && a->window_end == b->window_end));
}

static void
CloseSlice(ReplayRows *r)
{
	StageCounts counts = NO_STAGE_COUNTS;

	if (r->open == NULL)
		return;
	WriteBatch(r);
	StageWriterClose(r->e->writer, &counts);
	r->open = NULL;
}

static void
OpenSlice(ReplayRows *r)
{
	Slice	   *slice;

	if (r->open != NULL && SameSlice(r->open, r->reject))
		return;
	CloseSlice(r);
	slice = palloc0(sizeof(Slice));
	slice->params = r->reject->params;
	slice->has_window = r->reject->has_window;
	slice->window_start = slice->has_window ? r->reject->window_start : DT_NOBEGIN;
	slice->window_end = slice->has_window ? r->reject->window_end : DT_NOEND;
	r->params = SourceParamValues(r->e->source, slice);
	r->open = r->reject;
	ReplayedSlice(r->e->pipeline, slice);
	StageWriterOpen(r->e->writer, slice, r->reject->loaded_at);
}

/* ---- typed rows ---- */

static int
PlaceInChunk(const ReplayRows *r)
{
	return (int) (r->reject->n - ((ReplayedReject *) linitial(r->chunk))->n);
}

static void
TakeTyped(ReplayRows *r)
{
	const char *unknown = TypedRowUnknown(r->typed, PlaceInChunk(r));

	if (unknown == NULL)
	{
		TakeKind(r, IsDecodedRow(r->reject));
		TypedRowPut(r->typed, PlaceInChunk(r), r->rows, r->reject->n);
		return;
	}
	AddReject(r, NULL, "unknown_column", ERRCODE_UNDEFINED_COLUMN,
			  psprintf("row has column \"%s\", which source \"%s\" does not have", unknown,
					   r->e->source->relation));
}

static void
ReadOneRow(void *arg)
{
	ReplayRows *r = arg;

	TypedRowRead(r->typed, r->reject, PlaceInChunk(r));
	TakeTyped(r);
}

/* ---- texts of the source ---- */

static Decoder *
DecoderOf(ReplayRows *r, RejectForm form)
{
	MemoryContext old;

	if (r->decoders[form] == NULL)
	{
		old = MemoryContextSwitchTo(r->e->cxt);
		r->decoders[form] = SourceRejectDecoder(r->e->source, form, NULL, 0);
		MemoryContextSwitchTo(old);
	}
	return r->decoders[form];
}

static void
FillFromText(ReplayRows *r)
{
	bool		more;

	do
	{
		int			first = r->rows->nrows;

		CHECK_FOR_INTERRUPTS();
		r->rows->given_record = r->reject->n;
		more = SourceFill(r->e->source, r->decoder, r->rows);
		NumberRows(r, first);
		TakeRejects(r);
		if (more || BatchIsNearlyFull(r))
			WriteBatch(r);
	} while (more);
}

static void
DecodeText(ReplayRows *r, Decoder *decoder, RejectForm form, const char *raw, const char **params)
{
	const ReplayedReject *j = r->reject;
	RejectContext context = {j->ancestors, j->list, j->header, j->line, j->arrival};

	r->decoder = decoder;
	TakeKind(r, true);
	if (DecoderOpenReject(decoder, form, raw, &context, params))
		FillFromText(r);
	else
		AddReject(r, NULL, "definition", ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
				  j->list == NULL ? "source has several lists or a header, and it is not known "
				  "where the record stood" : psprintf("source no longer has list \"%s\"", j->list));
}

static void
DecodePatched(void *arg)
{
	ReplayRows *r = arg;
	RejectForm	form = RejectFormOf(r->reject->form);
	Jsonb	   *patch = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
														   CStringGetDatum(r->reject->patch)));
	PatchedValue *values;
	int			count;

	if (JB_ROOT_IS_SCALAR(patch))
	{
		JsonbValue	text;

		(void) JsonbExtractScalar(&patch->root, &text);
		DecodeText(r, DecoderOf(r, form), form, PatchText(&text), r->params);
		return;
	}
	values = PatchedValues(r->e->source, patch, &count);
	DecodeText(r, SourceRejectDecoder(r->e->source, form, values, count), form, r->reject->raw,
			   ParamsWithout(r->e->source, r->params, values, count));
}

static void
DecodeWhole(void *arg)
{
	ReplayRows *r = arg;
	RejectForm	form = RejectFormOf(r->reject->form);

	DecodeText(r, DecoderOf(r, form), form, r->reject->raw, r->params);
}

/* ---- one reject ---- */

/* Only its own fault makes it a reject again: anything else ends the replay. */
static bool
IsFaultOfReject(int sqlstate)
{
	return IsRowFault(sqlstate) || sqlstate == ERRCODE_UNDEFINED_COLUMN ||
		sqlstate == ERRCODE_ELT_BAD_PAGE;
}

/* Counts of checks are those of rows that stay. */
static void
EndChecked(ReplayRows *r, bool kept)
{
	if (r->e->checks != NULL && r->wrote)
		NativeChecksEndSlice(r->e->checks, kept);
	r->wrote = false;
}

static void
TryReject(ReplayRows *r, void (*decode) (void *arg))
{
	ErrorData  *error;

	/* rows of others must not be lost with it */
	WriteBatch(r);
	EndChecked(r, true);
	error = Attempt(decode, r);
	if (error == NULL)
		return;
	if (!IsFaultOfReject(error->sqlerrcode))
		ReThrowError(error);
	EndChecked(r, false);
	EmptyBatch(r);
	AddReject(r, NULL, "parse", error->sqlerrcode, error->message);
}

static bool
IsWholeText(const ReplayedReject *j)
{
	/* a string takes the place of the text */
	return j->whole || (j->patch != NULL && j->patch[0] == '"');
}

static void
StageReject(ReplayRows *r)
{
	OpenSlice(r);
	FileColumnsTake(r->e->source, r->reject->ancestors, r->params);
	if (TypedRowIsRead(r->typed, PlaceInChunk(r)))
		TakeTyped(r);
	else if (r->reject->raw == NULL || !IsWholeText(r->reject))
		AddReject(r, NULL, "incomplete", ERRCODE_DATA_EXCEPTION,
				  "the text that was kept is not the whole record, so it cannot be decoded again");
	else if (IsTypedRow(r->reject))
		TryReject(r, ReadOneRow);
	else if (r->reject->patch != NULL)
		TryReject(r, DecodePatched);
	else if (RejectFormOf(r->reject->form) == REJECT_PAGE || r->reject->header != NULL)
		TryReject(r, DecodeWhole);
	else
		DecodeWhole(r);
	if (BatchIsNearlyFull(r))
		WriteBatch(r);
}

/* As the pipeline's owner. */
static void
StageChunk(void *arg)
{
	ReplayRows *r = arg;
	ListCell   *lc;

	EmptyBatch(r);
	TypedRowsRead(r->typed, r->chunk);
	foreach(lc, r->chunk)
	{
		r->reject = lfirst(lc);
		StageReject(r);
	}
	CloseSlice(r);
}

void
ReplayRowsStage(Execution *e)
{
	MemoryContext chunk_cxt = AllocSetContextCreate(CurrentMemoryContext, "elt replay",
													ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = CurrentMemoryContext;
	int64		count = e->pipeline->replayed->count;
	ReplayRows	r = {e};

	r.rows = e->rows;
	r.rows->numbered = true;
	r.typed = TypedRowsCreate(e->source, CHUNK_REJECTS);
	for (int64 done = 0; done < count;)
	{
		MemoryContextSwitchTo(chunk_cxt);
		r.chunk = ReplayedRead(e->pipeline, done + 1, CHUNK_REJECTS);
		done += list_length(r.chunk);
		RunAs(e->pipeline->owner, StageChunk, &r);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(chunk_cxt);
	}
	MemoryContextDelete(chunk_cxt);
}
