/*
 * decode_test.c
 *	  SQL door to the decoder: a page in chunks of any size becomes rows or rejects.
 *
 * Options are texts 'column:option=value'; those of the whole page have no column.
 */
#include "postgres.h"

#include "base/compat.h"
#include "chunk_source.h"
#include "decode/csv_decoder.h"
#include "decode/decode.h"
#include "decode/path.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
#include "utils/tuplestore.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(decode_rows);
PG_FUNCTION_INFO_V1(decode_rejects);
PG_FUNCTION_INFO_V1(decode_count);
PG_FUNCTION_INFO_V1(decode_missing);
PG_FUNCTION_INFO_V1(check_path);

/* Of base/extension.c, which would need the rest of the extension. */
void
ReportMissingArgument(FunctionCallInfo fcinfo)
{
	elog(ERROR, "function has %d arguments, fewer than it reads", fcinfo->nargs);
}

static void
SetColumnOption(DecodeColumn *column, const char *option, const char *value)
{
	if (strcmp(option, "path") == 0)
		column->path = value;
	else if (strcmp(option, "time_zone") == 0)
		column->time_zone = value;
	else if (strcmp(option, "param") == 0)
	{
		column->is_param = true;
		column->constant = value;
	}
	else if (strcmp(option, "decimal") == 0)
		column->spelling.decimal = value;
	else if (strcmp(option, "null") == 0)
		column->spelling.nulls = value;
	else if (strcmp(option, "optional") == 0)
		column->optional = true;
	else if (strcmp(option, "line") == 0)
		column->is_line = true;
	else if (strcmp(option, "key") == 0)
		column->is_key = true;
	else if (strcmp(option, "format") != 0)
		elog(ERROR, "unknown option %s", option);
	else if (strcmp(value, "unix") == 0)
		column->format = DECODE_UNIX;
	else if (strcmp(value, "unix_ms") == 0)
		column->format = DECODE_UNIX_MS;
	else
	{
		column->format = DECODE_PATTERN;
		column->pattern = value;
	}
}

/* The first of these options makes the page CSV. */
static bool
SetCsvOption(DecodeSpec *spec, const char *option, const char *value)
{
	static CsvOptions csv;

	if (spec->csv == NULL)
	{
		CsvOptions	defaults = {.dialect = {",", '"', '"'}, .null = "", .encoding = PG_UTF8};

		csv = defaults;
	}
	if (strcmp(option, "header") == 0)
		csv.header = strcmp(value, "true") == 0;
	else if (strcmp(option, "delimiter") == 0)
		csv.dialect.delimiter = value;
	else if (strcmp(option, "quote") == 0)
		csv.dialect.quote = value[0];
	else if (strcmp(option, "escape") == 0)
		csv.dialect.escape = value[0];
	else if (strcmp(option, "null") == 0)
		csv.null = value;
	else if (strcmp(option, "encoding") == 0)
		csv.encoding = pg_char_to_encoding(value);
	else
		return false;
	spec->csv = &csv;
	return true;
}

static void
SetPageOption(DecodeSpec *spec, const char *option, const char *value)
{
	if (SetCsvOption(spec, option, value))
		return;
	if (strcmp(option, "memory") == 0)
		spec->record_memory = atol(value);
	else if (strcmp(option, "xml") == 0)
		spec->is_xml = true;
	else if (strcmp(option, "header_row") == 0)
		spec->header_row = true;
	else if (strcmp(option, "header_path") == 0)
		spec->header_path = value;
	else if (strcmp(option, "depth") == 0)
		spec->max_depth = atoi(value);
	else if (strcmp(option, "framing") != 0)
		elog(ERROR, "unknown option %s", option);
	else
		spec->framing = strcmp(value, "lines") == 0 ? DECODE_LINES : DECODE_DOCUMENTS;
}

static void
SetOption(DecodeSpec *spec, char *text)
{
	char	   *colon = strchr(text, ':');
	char	   *equals = colon ? strchr(colon, '=') : NULL;

	if (equals == NULL)
		elog(ERROR, "bad option %s", text);
	*colon = *equals = '\0';
	if (colon == text)
	{
		SetPageOption(spec, colon + 1, equals + 1);
		return;
	}
	for (int i = 0; i < spec->ncolumns; i++)
	{
		Form_pg_attribute att = TupleDescAttr(spec->desc, spec->columns[i].attnum - 1);

		if (strcmp(NameStr(att->attname), text) != 0)
			continue;
		SetColumnOption(&spec->columns[i], colon + 1, equals + 1);
		return;
	}
	elog(ERROR, "no column %s", text);
}

static DecodeSpec *
MakeSpec(TupleDesc desc, const char *records, ArrayType *options)
{
	DecodeSpec *spec = palloc0(sizeof(DecodeSpec));
	Datum	   *items;
	int			n;

	spec->desc = desc;
	spec->records = records;
	spec->columns = palloc0(desc->natts * sizeof(DecodeColumn));
	for (int i = 0; i < desc->natts; i++)
	{
		if (!TupleDescAttr(desc, i)->attisdropped)
			spec->columns[spec->ncolumns++].attnum = i + 1;
	}
	deconstruct_array(options, TEXTOID, -1, false, TYPALIGN_INT, &items, NULL, &n);
	for (int i = 0; i < n; i++)
		SetOption(spec, TextDatumGetCString(items[i]));
	return spec;
}

/* Arguments: a null of the row type, page, records, options, chunk, capacity. */
static Decoder *
OpenPage(FunctionCallInfo fcinfo, TupleDesc *desc)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 0);
	bytea	   *page = PG_GETARG_BYTEA_PP(1);
	char	   *records = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	Decoder    *decoder;

	*desc = lookup_rowtype_tupdesc_copy(type, -1);
	decoder = DecoderCreate(MakeSpec(*desc, records, PG_GETARG_ARRAYTYPE_P(3)));
	DecoderOpen(decoder, ChunkByteSource(VARDATA_ANY(page), VARSIZE_ANY_EXHDR(page),
										 PG_GETARG_INT32(4)), NULL);
	return decoder;
}

static void
PutRejects(ReturnSetInfo *result, RowBatch *batch)
{
	ListCell   *cell;

	foreach(cell, batch->rejects)
	{
		RowReject  *reject = lfirst(cell);
		Datum		values[7];
		bool		nulls[7] = {0};

		values[0] = Int64GetDatum(reject->record);
		values[1] = Int64GetDatum(reject->offset);
		nulls[2] = reject->column == NULL;
		if (reject->column)
			values[2] = CStringGetTextDatum(reject->column);
		values[3] = CStringGetTextDatum(reject->reason);
		values[4] = CStringGetTextDatum(unpack_sql_state(reject->sqlstate));
		values[5] = CStringGetTextDatum(reject->message);
		values[6] = CStringGetTextDatum(reject->raw);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

static void
PutRows(ReturnSetInfo *result, RowBatch *batch)
{
	int			natts = batch->desc->natts;

	for (int i = 0; i < batch->nrows; i++)
		tuplestore_putvalues(result->setResult, batch->desc,
							 batch->values + (size_t) i * natts,
							 batch->isnull + (size_t) i * natts);
}

static Datum
Run(FunctionCallInfo fcinfo, void (*put) (ReturnSetInfo *result, RowBatch *batch))
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	TupleDesc	desc;
	Decoder    *decoder;
	RowBatch   *batch;
	bool		more;

	InitMaterializedSRF(fcinfo, put == PutRows ? MAT_SRF_USE_EXPECTED_DESC : 0);
	decoder = OpenPage(fcinfo, &desc);
	batch = RowBatchCreate(desc, PG_GETARG_INT32(5));
	batch->raw_limit = 65536;
	do
	{
		more = DecoderFill(decoder, batch);
		put(result, batch);
		RowBatchReset(batch);
	} while (more);
	return (Datum) 0;
}

Datum
decode_rows(PG_FUNCTION_ARGS)
{
	return Run(fcinfo, PutRows);
}

Datum
decode_rejects(PG_FUNCTION_ARGS)
{
	return Run(fcinfo, PutRejects);
}

/* Rows, rejects and records, without keeping any; for large pages. */
Datum
decode_count(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	Decoder    *decoder = OpenPage(fcinfo, &desc);
	RowBatch   *batch = RowBatchCreate(desc, PG_GETARG_INT32(5));
	int64		rows = 0;
	int64		rejects = 0;
	bool		more;

	do
	{
		more = DecoderFill(decoder, batch);
		rows += batch->nrows;
		rejects += list_length(batch->rejects);
		RowBatchReset(batch);
	} while (more);
	return CStringGetTextDatum(psprintf("%lld rows, %lld rejects, %lld records",
										(long long) rows, (long long) rejects,
										(long long) DecoderRecords(decoder)));
}

static void
ReadToEnd(Decoder *decoder, RowBatch *batch)
{
	bool		more;

	do
	{
		RowBatchReset(batch);
		more = DecoderFill(decoder, batch);
	} while (more);
}

/* The columns that the page lacks, and the sample, after another page through the same decoder. */
Datum
decode_missing(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	bytea	   *page = PG_GETARG_BYTEA_PP(1);
	bytea	   *before = PG_GETARG_BYTEA_PP(PG_ARGISNULL(6) ? 1 : 6);
	Decoder    *decoder = OpenPage(fcinfo, &desc);
	RowBatch   *batch = RowBatchCreate(desc, PG_GETARG_INT32(5));
	bool	   *present = palloc0(desc->natts);
	StringInfoData text;

	DecoderOpen(decoder, ChunkByteSource(VARDATA_ANY(before), VARSIZE_ANY_EXHDR(before), 0), NULL);
	ReadToEnd(decoder, batch);
	DecoderForgetSample(decoder);
	DecoderOpen(decoder, ChunkByteSource(VARDATA_ANY(page), VARSIZE_ANY_EXHDR(page),
										 PG_GETARG_INT32(4)), NULL);
	ReadToEnd(decoder, batch);
	DecoderMarkPresent(decoder, present);
	initStringInfo(&text);
	for (int i = 0; i < desc->natts; i++)
		if (!present[i])
			appendStringInfo(&text, "%s ", NameStr(TupleDescAttr(desc, i)->attname));
	if (DecoderSample(decoder) != NULL)
		appendStringInfo(&text, "<< %s", DecoderSample(decoder));
	return CStringGetTextDatum(text.data);
}

Datum
check_path(PG_FUNCTION_ARGS)
{
	DecodePathCheck(text_to_cstring(PG_GETARG_TEXT_PP(0)), "column \"x\"");
	PG_RETURN_BOOL(true);
}
