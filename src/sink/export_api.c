/*
 * export_api.c
 *	  elt.export: write the rows of a query to files.
 */
#include "base/compat.h"
#include "sink/export_files.h"

#include "base/errors.h"
#include "base/sql.h"
#include "common/string.h"
#include "funcapi.h"
#include "parquet/compress.h"
#include "sink/export_query.h"
#include "sink/packed_output.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#define NCOLUMNS 4
#define MOST_GROUP_ROWS 100000000
#define LEAST_GROUP_BYTES (64 * 1024)
#define MOST_GROUP_BYTES (1024 * 1024 * 1024)	/* they are held in memory */

typedef struct NamedValue
{
	const char *name;
	int			value;
} NamedValue;

static const NamedValue codecs[] = {
	{"none", PARQUET_UNCOMPRESSED}, {"gzip", PARQUET_GZIP}, {"snappy", PARQUET_SNAPPY},
	{"zstd", PARQUET_ZSTD}, {NULL}
};
static const NamedValue if_exists[] = {
	{"error", IF_EXISTS_ERROR}, {"replace", IF_EXISTS_REPLACE}, {"skip", IF_EXISTS_SKIP}, {NULL}
};
static const NamedValue encodings[] = {{"delta", false}, {"compatible", true}, {NULL}};
static const NamedValue unrepresentables[] = {{"error", false}, {"null", true}, {NULL}};

static void
Refuse(const char *argument, const char *value, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid %s \"%s\"", argument, value),
			 errhint("%s", hint)));
}

static int
ValueNamed(const NamedValue *values, const char *argument, const char *name, const char *hint)
{
	for (int i = 0; values[i].name != NULL; i++)
		if (strcmp(values[i].name, name) == 0)
			return values[i].value;
	Refuse(argument, name, hint);
	pg_unreachable();
}

static char *
TextArgument(FunctionCallInfo fcinfo, int n, const char *name)
{
	RequireArg(fcinfo, n, name);
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* Of whole files, what their name says. */
static ParquetCodec
DefaultCodec(const ExportSpec *spec)
{
	if (spec->format->is_packed)
		return PARQUET_ZSTD;
	return pg_str_endswith(spec->path, ".gz") ? PARQUET_GZIP :
		pg_str_endswith(spec->path, ".zst") ? PARQUET_ZSTD : PARQUET_UNCOMPRESSED;
}

static ParquetCodec
CodecNamed(const ExportSpec *spec, const char *name)
{
	ParquetCodec codec = ValueNamed(codecs, "compression", name,
									"Valid values are 'none', 'gzip', 'snappy' and 'zstd'.");

	if (!spec->format->is_packed && !PackedOutputExists(codec))
		Refuse("compression", name, "Only pages of Parquet are compressed with it.");
	return codec;
}

/* 0: the codec has no levels. */
static int
BestLevel(ParquetCodec codec)
{
	return codec == PARQUET_ZSTD ? 19 : codec == PARQUET_GZIP ? 9 : 0;
}

static int
LevelGiven(const ExportSpec *spec, int level)
{
	int			best = BestLevel(spec->options.codec);

	if (level < 1 || level > best)
		Refuse("compression_level", psprintf("%d", level),
			   best > 0 ? psprintf("Valid values are from 1 to %d.", best) :
			   "Only gzip and zstd have levels.");
	return level;
}

static int64
SizeGiven(const ExportSpec *spec, const char *argument, int64 size, int64 least, int64 most,
		  int64 unless_given)
{
	if (size != unless_given && !spec->format->is_packed)
		Refuse(argument, psprintf(INT64_FORMAT, size), "Only Parquet files have row groups.");
	if (size < least || size > most)
		Refuse(argument, psprintf(INT64_FORMAT, size),
			   psprintf("Valid values are from " INT64_FORMAT " to " INT64_FORMAT ".", least, most));
	return size;
}

static void
ReadSizes(FunctionCallInfo fcinfo, ExportSpec *spec)
{
	if (!PG_ARGISNULL(10))
		spec->options.level = LevelGiven(spec, PG_GETARG_INT32(10));
	RequireArg(fcinfo, 11, "row_group_rows");
	spec->options.group_rows = SizeGiven(spec, "row_group_rows", PG_GETARG_INT32(11), 1,
										 MOST_GROUP_ROWS, DEFAULT_GROUP_ROWS);
	RequireArg(fcinfo, 12, "row_group_bytes");
	spec->options.group_bytes = SizeGiven(spec, "row_group_bytes", PG_GETARG_INT64(12),
										  LEAST_GROUP_BYTES, MOST_GROUP_BYTES, DEFAULT_GROUP_BYTES);
}

static void
ReadArguments(FunctionCallInfo fcinfo, ExportSpec *spec)
{
	char	   *format = TextArgument(fcinfo, 3, "format");

	spec->query = ExportQueryOf(TextArgument(fcinfo, 0, "query"));
	RequireArg(fcinfo, 1, "server");
	spec->server = NameStr(*PG_GETARG_NAME(1));
	spec->path = TextArgument(fcinfo, 2, "path");
	spec->format = RowFormatNamed(format);
	if (spec->format == NULL)
		Refuse("format", format, "Valid values are 'parquet', 'csv' and 'jsonl'.");
	RequireArg(fcinfo, 4, "partition_by");
	spec->partition_by = TextArrayStrings(PG_GETARG_DATUM(4));
	spec->options.codec = PG_ARGISNULL(5) ? DefaultCodec(spec) :
		CodecNamed(spec, TextArgument(fcinfo, 5, "compression"));
	spec->if_exists = ValueNamed(if_exists, "if_exists", TextArgument(fcinfo, 6, "if_exists"),
								 "Valid values are 'error', 'replace' and 'skip'.");
	RequireArg(fcinfo, 7, "verify");
	spec->verify = PG_GETARG_BOOL(7);
	spec->options.is_compatible = ValueNamed(encodings, "encoding",
											 TextArgument(fcinfo, 8, "encoding"),
											 "Valid values are 'delta' and 'compatible'.");
	spec->options.null_unrepresentable = ValueNamed(unrepresentables, "on_unrepresentable",
													TextArgument(fcinfo, 9, "on_unrepresentable"),
													"Valid values are 'error' and 'null'.");
	ReadSizes(fcinfo, spec);
	if (spec->verify && spec->options.null_unrepresentable)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("verify and on_unrepresentable 'null' exclude each other"),
				 errdetail("A file with nulls in place of values differs from the rows.")));
}

static void
ReturnFiles(ReturnSetInfo *result, List *files)
{
	ListCell   *lc;

	foreach(lc, files)
	{
		const ExportedFile *file = lfirst(lc);
		Datum		values[NCOLUMNS] = {
			CStringGetTextDatum(file->name),
			Int64GetDatum(file->rows),
			Int64GetDatum(file->bytes),
			CStringGetTextDatum(file->sha256),
		};
		bool		nulls[NCOLUMNS] = {false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

PG_FUNCTION_INFO_V1(elt_export);
Datum
elt_export(PG_FUNCTION_ARGS)
{
	ExportSpec	spec = {0};

	ReadArguments(fcinfo, &spec);
	InitMaterializedSRF(fcinfo, 0);
	ReturnFiles((ReturnSetInfo *) fcinfo->resultinfo, ExportRun(&spec));
	return (Datum) 0;
}
