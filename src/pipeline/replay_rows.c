/*
 * replay_rows.c
 *	  Decode the rejects of a replay into the staging table.
 *
 * A text of the source is decoded by its definition, one record at a time. A typed row that was
 * kept as JSON becomes a row of the source's type again. What somebody has changed by hand may be
 * anything, so it is decoded in a subtransaction.
 */
#include "base/compat.h"
#include "pipeline/replay_rows.h"

#include "access/htup_details.h"
#include "base/attempt.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/item_list.h"
#include "base/row_fault.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "catalog/replayed.h"
#include "decode/decode.h"
#include "lib/stringinfo.h"
#include "load/reject.h"
#include "miscadmin.h"
#include "pipeline/replay_patch.h"
#include "source/computed.h"
#include "source/decoding.h"
#include "source/file_columns.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
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
	TimestampTz *stamps;		/* of the chunk */

	/* typed rows of the chunk, by place; NULL: this one is not of a row */
	HeapTuple  *tuples;
	TupleDesc  *descs;			/* of each */
	char	  **unknown;		/* a column that it has and the source has not, or NULL */
	Sql			queries[2];		/* of those before expressions too */

	/* the slice at hand; NULL: none is open */
	const ReplayedReject *open;
	Slice	   *slice;
	const char **params;
	StageCounts counts;

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

static void
WriteBatch(ReplayRows *r)
{
	r->rows->rejects = r->rejects;
	if (r->decoded && r->e->reader.computed != NULL)
		ComputedFill(r->e->reader.computed, r->rows);
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

static bool
SameSlice(const ReplayedReject *a, const ReplayedReject *b)
{
	return strcmp(a->params, b->params) == 0 && a->has_window == b->has_window &&
		(!a->has_window || (a->window_start == b->window_start && a->window_end == b->window_end));
}

static void
CloseSlice(ReplayRows *r)
{
	if (r->open == NULL)
		return;
	WriteBatch(r);
	StageWriterClose(r->e->writer, &r->counts);
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
	r->slice = slice;
	r->params = SourceParamValues(r->e->source, slice);
	r->open = r->reject;
	StageWriterOpen(r->e->writer, slice, r->reject->loaded_at);
}

/* ---- typed rows ---- */

#define UNKNOWN_COLUMN \
	"(SELECT min(k) FROM json_object_keys(u.j::json) AS k WHERE k <> ALL ($2))"

/* "a integer, b text" of the columns of a row. */
static char *
ColumnDefinitions(TupleDesc desc)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped)
			AppendItem(&list, ", ", "%s %s", quote_identifier(NameStr(att->attname)),
					   format_type_extended(att->atttypid, att->atttypmod,
											FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
	}
	return list.data;
}

static char *
RowsQuery(TupleDesc desc)
{
	return psprintf("SELECT u.n, " UNKNOWN_COLUMN ", r.*\n"
					"FROM unnest($1) WITH ORDINALITY AS u(j, n),\n"
					"\tjson_to_record(u.j::json) AS r(%s) ORDER BY u.n",
					ColumnDefinitions(desc));
}

static List *
ColumnNames(const SourceDefinition *source)
{
	List	   *names = NIL;

	for (int i = 0; i < source->desc->natts; i++)
		if (!TupleDescAttr(source->desc, i)->attisdropped)
			names = lappend(names, NameStr(TupleDescAttr(source->desc, i)->attname));
	return names;
}

static bool
IsDecoded(const ReplayedReject *j)
{
	return RejectFormOf(j->form) == REJECT_DECODED;
}

static bool
IsRow(const ReplayedReject *j)
{
	return j->raw != NULL && (RejectFormOf(j->form) == REJECT_ROW || IsDecoded(j));
}

/* Keep the row of a result where its values can be read as long as the query is not done. */
static void
KeepTuple(ReplayRows *r, Sql *q, uint64 row, int at)
{
	r->tuples[at] = q->rows->vals[row];
	r->unknown[at] = SqlText(q, row, 2);
	r->descs[at] = q->rows->tupdesc;
}

typedef struct RowsRead
{
	ReplayRows *r;
	List	   *texts;
	List	   *places;			/* int, of each in the chunk */
	bool		decoded;		/* of which kind they are */
	Sql		   *query;
} RowsRead;

static void
ReadRows(void *arg)
{
	RowsRead   *read = arg;
	const SourceDefinition *source = read->r->e->source;

	SqlBegin(read->query, RowsQuery(read->decoded ? DecodedRow(source) : source->desc));
	SqlAddTextArray(read->query, read->texts);
	SqlAddTextArray(read->query, ColumnNames(source));
	SqlRun(read->query, GetUserId());
	for (uint64 i = 0; i < read->query->processed; i++)
		KeepTuple(read->r, read->query, i, list_nth_int(read->places, i));
}

/* All typed rows of one kind at once; on an error none, and each is read by itself later. */
static void
ReadChunkRows(ReplayRows *r, bool decoded)
{
	RowsRead	read = {r, NIL, NIL, decoded, &r->queries[decoded]};
	ListCell   *lc;

	read.query->rows = NULL;
	foreach(lc, r->chunk)
	{
		const ReplayedReject *j = lfirst(lc);

		if (!IsRow(j) || j->patch != NULL || !j->whole || IsDecoded(j) != decoded)
			continue;
		read.texts = lappend(read.texts, j->raw);
		read.places = lappend_int(read.places, foreach_current_index(lc));
	}
	if (read.texts == NIL || Attempt(ReadRows, &read) == NULL)
		return;
	foreach(lc, read.places)
		r->tuples[lfirst_int(lc)] = NULL;
	read.query->rows = NULL;
}

/* Columns behind number and unknown column, in the order of the source's live ones. */
static void
PutTuple(ReplayRows *r, int at)
{
	RowBatch   *rows = r->rows;
	MemoryContext old = MemoryContextSwitchTo(rows->cxt);
	int			row = rows->nrows;
	int			column = 2;

	(void) RowBatchAdd(rows, r->reject->n);
	for (int i = 0; i < rows->desc->natts; i++)
	{
		Form_pg_attribute att;
		Datum		value;
		bool		isnull;

		if (TupleDescAttr(rows->desc, i)->attisdropped)
			continue;
		att = TupleDescAttr(r->descs[at], column);
		value = heap_getattr(r->tuples[at], ++column, r->descs[at], &isnull);
		if (!isnull)
			RowBatchPut(rows, row, i + 1, datumCopy(value, att->attbyval, att->attlen));
	}
	MemoryContextSwitchTo(old);
}

static void
TakeTuple(ReplayRows *r, int at)
{
	if (r->unknown[at] == NULL)
	{
		TakeKind(r, IsDecoded(r->reject));
		PutTuple(r, at);
		return;
	}
	AddReject(r, NULL, "unknown_column", ERRCODE_UNDEFINED_COLUMN,
			  psprintf("row has column \"%s\", which source \"%s\" does not have", r->unknown[at],
					   r->e->source->relation));
}

static void
ReadOneRow(void *arg)
{
	ReplayRows *r = arg;
	Sql			query;
	RowsRead	read = {r, NIL, NIL, IsDecoded(r->reject), &query};
	int			at = (int) (r->reject->n - ((ReplayedReject *) linitial(r->chunk))->n);

	read.texts = list_make1(PatchedRow(r->reject));
	read.places = list_make1_int(at);
	ReadRows(&read);
	TakeTuple(r, at);
	r->tuples[at] = NULL;
	SqlDone(&query);
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
StageReject(ReplayRows *r, int at)
{
	OpenSlice(r);
	FileColumnsTake(r->e->source, r->reject->ancestors, r->params);
	if (r->tuples[at] != NULL)
		TakeTuple(r, at);
	else if (r->reject->raw == NULL || !IsWholeText(r->reject))
		AddReject(r, NULL, "incomplete", ERRCODE_DATA_EXCEPTION,
				  "the text that was kept is not the whole record, so it cannot be decoded again");
	else if (IsRow(r->reject))
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

static void
StampRows(ReplayRows *r)
{
	ListCell   *lc;

	foreach(lc, r->chunk)
		r->stamps[foreach_current_index(lc)] = ((ReplayedReject *) lfirst(lc))->loaded_at;
	StageWriterStamp(r->e->writer, r->stamps, ((ReplayedReject *) linitial(r->chunk))->n);
}

/* As the pipeline's owner. */
static void
StageChunk(void *arg)
{
	ReplayRows *r = arg;
	ListCell   *lc;

	memset(r->tuples, 0, sizeof(HeapTuple) * CHUNK_REJECTS);
	StampRows(r);
	EmptyBatch(r);
	ReadChunkRows(r, false);
	ReadChunkRows(r, true);
	foreach(lc, r->chunk)
	{
		r->reject = lfirst(lc);
		StageReject(r, foreach_current_index(lc));
	}
	CloseSlice(r);
	SqlDone(&r->queries[false]);
	SqlDone(&r->queries[true]);
}

/*
 * Places in a chunk are numbers of rejects, so none may be missing. Nothing keeps a superuser from
 * deleting rejects that are being replayed.
 */
static List *
ReadChunk(const Pipeline *p, int64 from, TimestampTz after)
{
	List	   *chunk = ReplayedRead(p, after, CHUNK_REJECTS);
	ListCell   *lc;
	bool		complete = chunk != NIL;

	foreach(lc, chunk)
		complete &= ((ReplayedReject *) lfirst(lc))->n == from + foreach_current_index(lc);
	if (!complete)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("rejects of pipeline \"%s\" were deleted while they were replayed", p->name),
				 errdetail("No reject was replayed."),
				 errhint("Replay the rejects that are left.")));
	return chunk;
}

void
ReplayRowsStage(Execution *e, int64 count)
{
	MemoryContext chunk_cxt = AllocSetContextCreate(CurrentMemoryContext, "elt replay",
													ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = CurrentMemoryContext;
	ReplayRows	r = {e};
	TimestampTz after = DT_NOBEGIN;

	r.rows = e->rows;
	r.rows->numbered = true;
	r.tuples = palloc0(sizeof(HeapTuple) * CHUNK_REJECTS);
	r.descs = palloc0(sizeof(TupleDesc) * CHUNK_REJECTS);
	r.unknown = palloc0(sizeof(char *) * CHUNK_REJECTS);
	r.stamps = palloc(sizeof(TimestampTz) * CHUNK_REJECTS);
	for (int64 done = 0; done < count;)
	{
		MemoryContextSwitchTo(chunk_cxt);
		r.chunk = ReadChunk(e->pipeline, done + 1, after);
		done += list_length(r.chunk);
		after = ((ReplayedReject *) llast(r.chunk))->loaded_at;
		RunAs(e->pipeline->owner, StageChunk, &r);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(chunk_cxt);
	}
	MemoryContextDelete(chunk_cxt);
}
