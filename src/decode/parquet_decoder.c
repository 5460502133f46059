/*
 * parquet_decoder.c
 *	  Decode Parquet pages into rows.
 *
 * Rows are read in vectors, column after column. A vector ends where a page of a column does, so that values
 * can point into pages until they have been converted; a batch ends with a row group, so that its rows can
 * share the values of dictionaries.
 */
#include "base/compat.h"

#include "decode/parquet_private.h"

#include "base/errors.h"
#include "common/int.h"
#include "decode/container.h"
#include "decode/line_column.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parquet/parquet_fail.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#define NESTED_BYTES (4 * 1024 * 1024)	/* JSON of a vector, after which it ends */
#define BATCH_BYTES ((Size) 32 * 1024 * 1024)	/* of values, after which a batch ends */
#define NAMES_SHOWN 1000		/* bytes */

/* ---- columns of the table ---- */

static bool
TakesParts(const ParquetField *f)
{
	return f->containers != NULL && f->containers->container != NULL;
}

static void
InitField(ParquetField *f, TupleDesc desc, const DecodeColumn *spec)
{
	Form_pg_attribute att = TupleDescAttr(desc, spec->attnum - 1);

	f->kind = spec->is_param ? PARQUET_FIELD_PARAM : spec->is_line ? PARQUET_FIELD_LINE : PARQUET_FIELD_VALUE;
	if (spec->is_line)
		LineColumnCheck(att);
	ConverterInit(&f->converter, att, spec);
	f->containers = ConverterOfContainers(&f->converter);
	if (TakesParts(f))
		ContainerTakeTexts(f->containers->container);
	f->name = pg_server_to_any(spec->path ? spec->path : f->converter.column,
							   strlen(spec->path ? spec->path : f->converter.column), PG_UTF8);
	f->optional = spec->optional;
	f->constant = spec->constant;
}

ParquetDecoder *
ParquetDecoderCreate(const DecodeSpec *spec, size_t record_memory)
{
	ParquetDecoder *d = palloc0(sizeof(ParquetDecoder));

	d->record_memory = record_memory;
	d->page_cxt = AllocSetContextCreate(CurrentMemoryContext, "elt parquet page", ALLOCSET_DEFAULT_SIZES);
	d->keeper = RowBatchCreate(spec->desc, 1);
	d->nfields = spec->ncolumns;
	d->fields = palloc0(sizeof(ParquetField) * Max(spec->ncolumns, 1));
	for (int i = 0; i < spec->ncolumns; i++)
	{
		InitField(&d->fields[i], spec->desc, &spec->columns[i]);
		d->checks_null |= d->fields[i].converter.checks_null;
	}
	d->slow_room = 64;
	d->slow_cells = palloc(d->slow_room * sizeof(SlowCell));
	initStringInfo(&d->text);
	d->ended = true;
	return d;
}

void
ParquetDecoderReadOnly(ParquetDecoder *d, const Bitmapset *attnums)
{
	for (int i = 0; i < d->nfields; i++)
		d->fields[i].is_unread = d->fields[i].kind == PARQUET_FIELD_VALUE &&
			!bms_is_member(d->fields[i].converter.attindex + 1, attnums);
}

void
ParquetDecoderNarrow(ParquetDecoder *d, List *bounds)
{
	d->bounds = bounds;
}

void
ParquetDecoderTake(ParquetDecoder *d, bool (*take) (void *arg), void *arg)
{
	d->take = take;
	d->taker = arg;
}

/* ---- the page ---- */

static void
SetParam(ParquetDecoder *d, ParquetField *f, const char *given)
{
	const char *text = given ? given : f->constant;
	ConvertFault fault;

	f->isnull = text == NULL;
	if (f->isnull || ConvertGuarded(&f->converter, text, d->page_cxt, &f->value, &fault))
		return;
	ereport(ERROR,
			(errcode(fault.sqlstate),
			 errmsg("%s", fault.message),
			 errdetail("The value is the request parameter of column \"%s\".", f->converter.column)));
}

void
ParquetDecoderOpen(ParquetDecoder *d, ByteSource *source, const char **param_values)
{
	MemoryContextReset(d->page_cxt);
	d->source = source;
	d->footer = NULL;
	d->ended = false;
	d->records = d->rows_told = d->group_left = 0;
	for (int i = 0; i < d->nfields; i++)
	{
		ParquetField *f = &d->fields[i];

		f->node = NULL;
		f->column = NULL;
		f->nested = NULL;
		memset(&f->cache, 0, sizeof(f->cache));
		if (f->kind == PARQUET_FIELD_PARAM)
			SetParam(d, f, param_values ? param_values[f->converter.attindex] : NULL);
	}
}

static char *
NamesOf(const ParquetSchema *schema)
{
	StringInfoData names;

	initStringInfo(&names);
	for (const ParquetNode *n = schema->root->first; n != NULL && names.len < NAMES_SHOWN; n = n->next)
		appendStringInfo(&names, "%s\"%s\"", names.len > 0 ? ", " : "",
						 ParquetIsText(n->name, strlen(n->name)) ? n->name : "?");
	return pg_any_to_server(names.data, names.len, PG_UTF8);
}

static void
FindNode(ParquetDecoder *d, ParquetField *f)
{
	f->node = ParquetFindNode(&d->footer->schema, f->name);
	if (f->node != NULL || f->optional)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_ELT_BAD_PAGE),
			 errmsg("field \"%s\" for column \"%s\" not found in the Parquet schema",
					pg_any_to_server(f->name, strlen(f->name), PG_UTF8), f->converter.column),
			 errdetail("The fields are: %s", NamesOf(&d->footer->schema)),
			 errhint("Set option \"path\" of the column to the exact name of the field, or option "
					 "\"optional\" if some files lack it.")));
}

static void
CheckTakesParts(const ParquetField *f)
{
	if (f->containers != NULL || f->converter.takes_json || f->converter.kind == CONVERT_TEXT)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of type %s cannot store a list or group of Parquet", f->converter.column,
					format_type_with_typemod(f->converter.type, f->converter.typmod)),
			 errhint("Use an array, a composite type or jsonb, or set option \"path\" to a field in the "
					 "group, such as 'address.city'.")));
}

static void
OpenField(ParquetDecoder *d, ParquetField *f)
{
	if (f->kind != PARQUET_FIELD_VALUE || f->is_unread)
		return;
	FindNode(d, f);
	if (f->node == NULL)
		return;
	if (!f->node->is_group && f->node->rep_level == 0)
	{
		f->cell = ParquetCellOf(f->node, &f->converter);
		f->column = palloc0(sizeof(ParquetReader));
		ParquetReaderInit(f->column, f->node, d->record_memory);
	}
	else
	{
		CheckTakesParts(f);
		f->nested = ParquetNestedCreate(f->node, d->record_memory,
										TakesParts(f) ? f->converter.type : InvalidOid);
	}
}

/* The leaves that some column needs. */
static void
ListLeaves(ParquetDecoder *d)
{
	int			n = d->footer->schema.nleaves;
	bool	   *wanted = palloc0(Max(n, 1));

	for (int i = 0; i < d->nfields; i++)
		if (d->fields[i].column != NULL || d->fields[i].nested != NULL)
			memset(wanted + d->fields[i].node->leaf, true, d->fields[i].node->nleaves);
	d->leaves = palloc(Max(n, 1) * sizeof(int));
	d->nleaves = 0;
	for (int i = 0; i < n; i++)
		if (wanted[i])
			d->leaves[d->nleaves++] = i;
	d->chunks = palloc0(Max(d->nleaves, 1) * sizeof(ParquetChunk));
}

int
ParquetSlotOf(const ParquetDecoder *d, const ParquetNode *leaf)
{
	int			slot = 0;

	while (d->leaves[slot] != leaf->leaf)
	{
		slot++;
		Assert(slot < d->nleaves);
	}
	return slot;
}

static void
ReadFile(void *state, char *buffer, size_t len, int64 offset)
{
	ByteSource *source = state;

	source->read_at(source->state, buffer, len, offset);
}

static void
OpenFile(ParquetDecoder *d)
{
	MemoryContext old = MemoryContextSwitchTo(d->page_cxt);

	d->file.size = d->source->size != NULL ? d->source->size(d->source->state) : -1;
	if (d->file.size < 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("page in format Parquet is a stream, of which not all bytes can be read")));
	d->file.read = ReadFile;
	d->file.state = d->source;
	d->file.memory = d->record_memory;
	d->footer = ParquetReadFooter(&d->file);
	for (int i = 0; i < d->nfields; i++)
		OpenField(d, &d->fields[i]);
	ListLeaves(d);
	MemoryContextSwitchTo(old);
}

/* ---- row groups ---- */

static void
OpenColumn(ParquetDecoder *d, ParquetReader *column, const ParquetChunk *chunk)
{
	if (chunk->nvalues != d->group_left)
		ParquetFail("column \"%s\" has " INT64_FORMAT " values in a row group of " INT64_FORMAT " rows",
					column->name, chunk->nvalues, d->group_left);
	ParquetReaderOpen(column, &d->file, chunk);
}

static void
OpenColumns(ParquetDecoder *d)
{
	for (int i = 0; i < d->nfields; i++)
	{
		ParquetField *f = &d->fields[i];

		if (f->nested != NULL)
			ParquetNestedOpen(f->nested, &d->file, d->leaves, d->nleaves, d->chunks);
		if (f->column != NULL)
			OpenColumn(d, f->column, &d->chunks[ParquetSlotOf(d, f->node)]);
	}
}

/* Can the row group that comes have rows that are wanted? */
static bool
IsWanted(ParquetDecoder *d, int64 nrows)
{
	if (d->take != NULL && !d->take(d->taker))
		return false;
	return !ParquetGroupIsOutside(d, nrows) && ParquetFindRanges(d);
}

/* False: there are no more. */
static bool
NextGroup(ParquetDecoder *d)
{
	MemoryContext old = MemoryContextSwitchTo(d->page_cxt);
	int64		nrows;
	bool		found = ParquetNextGroup(d->footer, &nrows, d->leaves, d->nleaves, d->chunks);

	if (found && pg_add_s64_overflow(d->rows_told, nrows, &d->rows_told))
		ParquetFail("row groups have too many rows");
	if (!found && d->rows_told != d->footer->nrows)
		ParquetFail("row groups have " INT64_FORMAT " rows, but the footer says " INT64_FORMAT, d->rows_told,
					d->footer->nrows);
	if (found)
		RowBatchReset(d->keeper);
	d->group_rows = found ? nrows : 0;
	if (found && !IsWanted(d, nrows))
		d->records += nrows;
	else if (found)
	{
		d->group_left = nrows;
		OpenColumns(d);
	}
	MemoryContextSwitchTo(old);
	return found;
}

/* ---- vectors ---- */

/* How many rows can be read without going on to another page of any column. */
static int
RowsAtHand(ParquetDecoder *d, int64 most)
{
	int			n = Min(d->batch->capacity - d->batch->nrows, PARQUET_VECTOR);

	n = Min(n, most);
	for (int i = 0; i < d->nfields; i++)
	{
		ParquetReader *column = d->fields[i].column;
		int			ready = column ? ParquetReaderNeed(column) : n;

		n = Min(n, ready);
	}
	return n;
}

/* Lists and groups are read row by row, until they are large together. */
static int
ReadNested(ParquetDecoder *d, int n)
{
	for (int i = 0; i < d->nfields; i++)
		if (d->fields[i].nested != NULL)
			ParquetNestedReset(d->fields[i].nested);
	for (int row = 0; row < n; row++)
	{
		size_t		bytes = 0;

		for (int i = 0; i < d->nfields; i++)
			if (d->fields[i].nested != NULL)
				bytes += ParquetNestedNext(d->fields[i].nested);
		if (bytes > NESTED_BYTES)
			return row + 1;
	}
	return n;
}

static void
PutShared(ParquetDecoder *d, const ParquetField *f)
{
	Datum		value = f->isnull ? (Datum) 0 : datumCopy(f->value, f->converter.byval, f->converter.typlen);

	for (int row = 0; row < d->n && !f->isnull; row++)
		RowBatchPut(d->batch, d->base + row, f->converter.attindex + 1, value);
}

static void
PutLines(ParquetDecoder *d, const ParquetField *f)
{
	for (int row = 0; row < d->n; row++)
		RowBatchPut(d->batch, d->base + row, f->converter.attindex + 1,
					LineDatum(f->converter.type, d->records + row + 1));
}

static void
PutNested(ParquetDecoder *d, int field)
{
	size_t		len;

	for (int row = 0; row < d->n; row++)
		if (ParquetNestedText(d->fields[field].nested, row, &len) != NULL)
			ParquetAddSlow(d, field, row, 0);
}

static void
PutField(ParquetDecoder *d, int field)
{
	ParquetField *f = &d->fields[field];

	if (f->kind == PARQUET_FIELD_PARAM)
		PutShared(d, f);
	else if (f->kind == PARQUET_FIELD_LINE)
		PutLines(d, f);
	else if (f->nested != NULL)
		PutNested(d, field);
	else if (f->column != NULL)
	{
		ParquetReaderRead(f->column, d->n);
		ParquetPutVector(d, field);
	}
}

static void
ReadVector(ParquetDecoder *d)
{
	int			natts = d->batch->desc->natts;
	int64		most = d->nranges > 0 ? ParquetNextRange(d) : d->group_left;

	if (most == 0)
	{
		d->records += d->group_left;
		d->group_left = 0;
		return;
	}
	d->n = ReadNested(d, RowsAtHand(d, most));
	d->base = d->batch->nrows;
	d->nslow = 0;
	memset(d->slow, 0xFF, d->n * sizeof(d->slow[0]));
	memset(d->batch->isnull + (size_t) d->base * natts, true, (size_t) d->n * natts);
	for (int i = 0; i < d->nfields; i++)
		PutField(d, i);
	ParquetFinishRows(d);
	d->records += d->n;
	d->group_left -= d->n;
}

/* Does the batch hold so much that its rows should be taken first? */
static bool
IsLarge(const ParquetDecoder *d)
{
	return d->batch->nrows > 0 && MemoryContextMemAllocated(d->batch->cxt, false) > BATCH_BYTES;
}

static void
FillRows(ParquetDecoder *d)
{
	if (d->footer == NULL)
		OpenFile(d);
	while (!BatchIsFull(d->batch) && !IsLarge(d))
	{
		CHECK_FOR_INTERRUPTS();
		if (d->group_left > 0)
			ReadVector(d);
		else if (d->batch->nrows > 0)
			return;
		else if (!NextGroup(d))
		{
			d->ended = true;
			return;
		}
	}
}

/* ---- decode.h ---- */

bool
ParquetDecoderFill(ParquetDecoder *d, RowBatch *batch)
{
	MemoryContext old = MemoryContextSwitchTo(batch->cxt);

	d->batch = batch;
	if (!d->ended)
		FillRows(d);
	BatchResolve(batch);
	MemoryContextSwitchTo(old);
	return !d->ended;
}

int64
ParquetDecoderRecords(ParquetDecoder *d)
{
	return d->records;
}

void
ParquetDecoderMarkPresent(ParquetDecoder *d, bool *present)
{
	for (int i = 0; i < d->nfields; i++)
		present[d->fields[i].converter.attindex] |= d->fields[i].kind != PARQUET_FIELD_VALUE ||
			d->fields[i].node != NULL || d->fields[i].is_unread;
}
