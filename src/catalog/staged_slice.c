/*
 * staged_slice.c
 *	  Write the facts of one fetched slice.
 *
 * Below SQL, as the rows of staging: a statement would cost more than the decoding of a small
 * answer.
 */
#include "base/compat.h"
#include "catalog/staged.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* A row of elt_catalog.staged_slice in the making. */
typedef struct SliceRow
{
	TupleDesc	desc;
	Datum	   *values;
	bool	   *isnull;			/* what is not set is null */
} SliceRow;

static void
Set(SliceRow *row, const char *column, Oid type, Datum value)
{
	int			at = SPI_fnumber(row->desc, column) - 1;

	if (at < 0 || TupleDescAttr(row->desc, at)->atttypid != type)
		elog(ERROR, "elt_catalog.staged_slice has no column \"%s\" of type %u", column, type);
	row->values[at] = value;
	row->isnull[at] = false;
}

static void
SetText(SliceRow *row, const char *column, const char *value)
{
	if (value != NULL)
		Set(row, column, TEXTOID, CStringGetTextDatum(value));
}

static void
SetInt8(SliceRow *row, const char *column, int64 value)
{
	Set(row, column, INT8OID, Int64GetDatum(value));
}

static void
SetInt4(SliceRow *row, const char *column, int32 value)
{
	Set(row, column, INT4OID, Int32GetDatum(value));
}

static void
SetBool(SliceRow *row, const char *column, bool value)
{
	Set(row, column, BOOLOID, BoolGetDatum(value));
}

static void
SetTime(SliceRow *row, const char *column, TimestampTz value)
{
	Set(row, column, TIMESTAMPTZOID, TimestampTzGetDatum(value));
}

/* Is it a part of the slice, with another one before it? */
static bool
GoesOn(const SliceResult *r)
{
	return r->continued || r->slice->cursor != NULL || r->slice->position != NULL;
}

static void
SetSlice(SliceRow *row, const Pipeline *p, const Slice *slice)
{
	SetInt4(row, "pipeline_id", p->id);
	Set(row, "params", JSONBOID, DirectFunctionCall1(jsonb_in, CStringGetDatum(slice->params)));
	SetTime(row, "window_start", slice->window_start);
	SetTime(row, "window_end", slice->window_end);
}

static void
SetAnswer(SliceRow *row, const SliceResult *r)
{
	SetInt4(row, "attempts", r->attempts);
	SetTime(row, "tried_at", GetCurrentTimestamp());
	SetInt8(row, "requests", r->requests);
	SetInt8(row, "bytes", r->bytes);
	if (r->http_status != 0)
		SetInt4(row, "http_status", r->http_status);
	SetText(row, "etag", r->etag);
	SetText(row, "last_modified", r->last_modified);
	SetText(row, "body_hash", r->body_hash);
	SetText(row, "position", r->position);
}

static void
SetOutcome(SliceRow *row, const Pipeline *p, const SliceResult *r)
{
	SetText(row, "state", r->state);
	SetBool(row, "complete", r->complete);
	SetBool(row, "goes_on", GoesOn(r) && !PipelineLoadsAll(p));
	SetInt8(row, "rows", r->rows);
	SetInt8(row, "rejected", r->rejected);
	SetInt8(row, "undecoded", r->undecoded);
	if (r->loaded_at != 0)
		SetTime(row, "loaded_at", r->loaded_at);
	SetBool(row, "refused", r->refused);
	SetText(row, "unproven", r->unproven);
	SetText(row, "sqlstate", r->sqlstate);
	SetText(row, "error", r->error);
}

static void
SetFile(SliceRow *row, const SliceResult *r)
{
	SetText(row, "file_state", r->file_state);
	if (r->file_rejects > 0)
		SetInt8(row, "file_rejects", r->file_rejects);
	if (r->file_error_line > 0)
		SetInt8(row, "file_error_line", r->file_error_line);
	if (r->file == NULL)
		return;
	SetInt8(row, "file_size", r->file->size);
	SetTime(row, "file_modified", r->file->modified);
	SetText(row, "file_checksum", r->file->checksum);
}

static SliceRow
EmptyRow(TupleDesc desc)
{
	SliceRow	row = {desc};

	row.values = palloc0(sizeof(Datum) * desc->natts);
	row.isnull = palloc(sizeof(bool) * desc->natts);
	memset(row.isnull, true, desc->natts);
	return row;
}

void
StagedAddSlice(const Pipeline *p, const SliceResult *r)
{
	Oid			relid = get_relname_relid("staged_slice", get_namespace_oid("elt_catalog", false));
	Relation	rel = table_open(relid, RowExclusiveLock);
	SliceRow	row = EmptyRow(RelationGetDescr(rel));

	SetSlice(&row, p, r->slice);
	SetAnswer(&row, r);
	SetOutcome(&row, p, r);
	SetFile(&row, r);
	CatalogTupleInsert(rel, heap_form_tuple(row.desc, row.values, row.isnull));
	table_close(rel, NoLock);
}
