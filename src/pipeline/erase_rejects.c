/*
 * erase_rejects.c
 *	  Delete the rejects of a key.
 *
 * A typed row has its key as JSON. The text of a record is decoded by today's definition, with null
 * for all columns but those of the key, since one of the others may be what was rejected.
 */
#include "base/compat.h"
#include "pipeline/erase_rejects.h"

#include <ctype.h>

#include "base/attempt.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/row_fault.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "base/type_text.h"
#include "lib/stringinfo.h"
#include "load/reject.h"
#include "miscadmin.h"
#include "source/decoding.h"
#include "source/file_columns.h"
#include "source/slices.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* Rejects whose texts are in memory at a time. */
#define CHUNK_REJECTS 500

typedef struct RejectScan
{
	const Pipeline *pipeline;
	const SourceDefinition *source;
	const ErasedKey *key;
	PatchedValue *others;		/* the other columns, as null */
	int			nothers;
	Decoder    *decoders[REJECT_DECODED + 1];	/* by form; NULL: not needed so far */
	RowBatch   *rows;
	MemoryContext cxt;			/* decoders */
	Sql			chunk;
	uint64		at;				/* in the chunk */
	List	   *ids;			/* Datum *, of those to be deleted */
	bool		matches;		/* the reject at hand */
	bool		by_word;		/* that it cannot be decoded, too */
	int64		nby_word;
} RejectScan;

/* ---- typed rows ---- */

/* The condition on raw::jsonb, with $3 as the key. */
static char *
SameMembers(const ErasedKey *key)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, key->columns)
		appendStringInfo(&sql, "%s(j.raw::jsonb ->> %s) = ($2::text[])[%d]",
						 foreach_current_index(lc) > 0 ? " and " : "",
						 quote_literal_cstr(lfirst(lc)), foreach_current_index(lc) + 1);
	return sql.data;
}

static int64
EraseRows(const Pipeline *p, const ErasedKey *key)
{
	Sql			q;

	SqlBegin(&q, psprintf("delete from elt_catalog.reject j where j.pipeline_id = $1"
						  " and (j.parent_key = $3"
						  "  or case when j.form in ('row', 'decoded') and j.raw is not null"
						  "   then %s else false end)", SameMembers(key)));
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, key->texts);
	SqlAddJsonb(&q, key->json);
	return SqlDo(&q, AsCatalog());
}

/* ---- texts of the source ---- */

static void
PatchOthers(RejectScan *scan)
{
	TupleDesc	desc = scan->source->desc;

	scan->others = palloc(sizeof(PatchedValue) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped || NamesContain(scan->key->columns, NameStr(att->attname)))
			continue;
		scan->others[scan->nothers].attnum = att->attnum;
		scan->others[scan->nothers++].text = NULL;
	}
}

static Decoder *
DecoderOf(RejectScan *scan, RejectForm form)
{
	if (scan->decoders[form] == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(scan->cxt);

		scan->decoders[form] = SourceRejectDecoder(scan->source, form, scan->others, scan->nothers);
		MemoryContextSwitchTo(old);
	}
	return scan->decoders[form];
}

static bool
HasKey(const RejectScan *scan, int row)
{
	const RowBatch *rows = scan->rows;
	ListCell   *name;
	ListCell   *text;

	forboth(name, scan->key->columns, text, scan->key->texts)
	{
		AttrNumber	attnum = get_attnum(scan->source->relid, lfirst(name));
		int			at = row * rows->desc->natts + attnum - 1;

		if (rows->isnull[at] ||
			strcmp(TextOfValue(TupleDescAttr(rows->desc, attnum - 1)->atttypid, rows->values[at]),
				   lfirst(text)) != 0)
			return false;
	}
	return true;
}

/* A value that has letters or digits beside it is part of another one. */
static bool
HasWord(const char *text, const char *word)
{
	size_t		len = strlen(word);

	for (const char *at = strstr(text, word); len > 0 && at != NULL; at = strstr(at + 1, word))
	{
		bool		begins = at == text || !isalnum((unsigned char) at[-1]);

		if (begins && !isalnum((unsigned char) at[len]))
			return true;
	}
	return false;
}

static bool
HasWords(const RejectScan *scan, const char *raw, const char *ancestors, const char *params)
{
	ListCell   *lc;

	foreach(lc, scan->key->texts)
		if (!HasWord(raw, lfirst(lc)) && !HasWord(ancestors, lfirst(lc)) &&
			!HasWord(params, lfirst(lc)))
			return false;
	return true;
}

static const char *
TextOrEmpty(RejectScan *scan, int column)
{
	char	   *text = SqlText(&scan->chunk, scan->at, column);

	return text ? text : "";
}

static const char **
ParamsOf(RejectScan *scan)
{
	Slice	   *slice = palloc0(sizeof(Slice));
	bool		no_start;
	bool		isnull;
	const char **params;

	slice->params = SqlText(&scan->chunk, scan->at, 2);
	slice->window_start = SqlTime(&scan->chunk, scan->at, 3, &no_start);
	slice->window_end = SqlTime(&scan->chunk, scan->at, 4, &isnull);
	slice->has_window = !no_start;
	params = SourceParamValues(scan->source, slice);
	FileColumnsTake(scan->source, SqlText(&scan->chunk, scan->at, 7), params);
	return params;
}

/* Of its rows, or as text when it has none. */
static void
DecodeReject(void *arg)
{
	RejectScan *scan = arg;
	Sql		   *q = &scan->chunk;
	RejectForm	form = RejectFormOf(SqlText(q, scan->at, 6));
	RejectContext context = {SqlText(q, scan->at, 7), SqlText(q, scan->at, 8),
	SqlText(q, scan->at, 9)};
	Decoder    *decoder = DecoderOf(scan, form);
	int			decoded = 0;
	bool		more = true;

	if (!DecoderOpenReject(decoder, form, SqlText(q, scan->at, 5), &context, ParamsOf(scan)))
		more = false;
	scan->matches = false;
	while (more)
	{
		RowBatchReset(scan->rows);
		more = SourceFill(scan->source, decoder, scan->rows);
		decoded += scan->rows->nrows;
		for (int i = 0; i < scan->rows->nrows && !scan->matches; i++)
			scan->matches = HasKey(scan, i);
	}
	if (decoded == 0)
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg_internal("it has no rows")));
}

static bool
IsOfKey(RejectScan *scan)
{
	Sql		   *q = &scan->chunk;
	ErrorData  *error = NULL;

	scan->by_word = false;
	if (SqlBool(q, scan->at, 10) && scan->pipeline->parent_id == 0)
	{
		error = Attempt(DecodeReject, scan);
		if (error == NULL)
			return scan->matches;
		if (!IsRowFault(error->sqlerrcode) && error->sqlerrcode != ERRCODE_ELT_BAD_PAGE)
			ThrowErrorData(error);
	}
	scan->by_word = true;
	return HasWords(scan, TextOrEmpty(scan, 5), TextOrEmpty(scan, 7), TextOrEmpty(scan, 2));
}

/* As the pipeline's owner. */
static void
ScanChunk(void *arg)
{
	RejectScan *scan = arg;
	MemoryContext one = AllocSetContextCreate(CurrentMemoryContext, "elt erased reject",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = CurrentMemoryContext;

	for (scan->at = 0; scan->at < scan->chunk.processed; scan->at++)
	{
		bool		matches;

		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(one);
		matches = IsOfKey(scan);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(one);
		if (!matches)
			continue;
		scan->nby_word += scan->by_word;
		scan->ids = lappend(scan->ids, SqlText(&scan->chunk, scan->at, 1));
	}
	MemoryContextDelete(one);
}

static int64
ReadChunk(RejectScan *scan, int64 after)
{
	int64		last = 0;

	SqlBegin(&scan->chunk,
			 "select id, coalesce(params, '{}')::text, window_start, window_end, coalesce(raw, ''),"
			 " form, ancestors, list, header, whole and raw is not null from elt_catalog.reject"
			 " where pipeline_id = $1 and id > $2 and form not in ('row', 'decoded')"
			 " order by id limit $3");
	SqlAddInt4(&scan->chunk, scan->pipeline->id);
	SqlAddInt8(&scan->chunk, after);
	SqlAddInt8(&scan->chunk, CHUNK_REJECTS);
	if (SqlRun(&scan->chunk, AsCatalog()) > 0)
		last = SqlInt8(&scan->chunk, scan->chunk.processed - 1, 1, NULL);
	return last;
}

static int64
DeleteIds(List *ids)
{
	Sql			q;

	if (ids == NIL)
		return 0;
	SqlBegin(&q, "delete from elt_catalog.reject where id = any ($1::bigint[])");
	SqlAddTextArray(&q, ids);
	return SqlDo(&q, AsCatalog());
}

static int64
EraseTexts(const Pipeline *p, const SourceDefinition *source, const ErasedKey *key, int64 *by_word)
{
	RejectScan	scan = {p, source, key};
	int64		last = 0;

	scan.cxt = CurrentMemoryContext;
	scan.rows = RowBatchCreate(source->desc, CHUNK_REJECTS);
	PatchOthers(&scan);
	while ((last = ReadChunk(&scan, last)) > 0)
	{
		RunAs(p->owner, ScanChunk, &scan);
		SqlDone(&scan.chunk);
	}
	SqlDone(&scan.chunk);
	*by_word = scan.nby_word;
	return DeleteIds(scan.ids);
}

int64
EraseRejects(const Pipeline *p, const SourceDefinition *source, const ErasedKey *key,
			 int64 *by_word)
{
	int64		rows = EraseRows(p, key);

	return rows + EraseTexts(p, source, key, by_word);
}
