/*
 * file_options.c
 *	  The options of elt_file and their validator.
 */
#include "base/compat.h"
#include "source/options.h"

#include "catalog/pg_attribute.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "source/column_options.h"
#include "source/option_checks.h"
#include "transport/beneath.h"
#include "transport/file_stream.h"
#include "utils/acl.h"

PG_FUNCTION_INFO_V1(elt_file_validator);

/* Options that only CSV has. */
static const char *const csv_options[] = {
	"header", "delimiter", "quote", "escape", "null", "encoding"
};

static bool
CheckRoot(const char *value, const char **detail)
{
	*detail = "The path must be absolute.";
	return value[0] == '/';
}

static bool
CheckGlob(const char *value, const char **detail)
{
	*detail = "The pattern must stay within the server's root directory.";
	return value[0] != '\0' && IsNameBeneath(value);
}

static bool
CheckFileFormat(const char *value, const char **detail)
{
	return strcmp(value, "csv") == 0 || strcmp(value, "json") == 0 || strcmp(value, "jsonl") == 0;
}

static bool
CheckCompression(const char *value, const char **detail)
{
	Compression compression;

	return CompressionFromName(value, &compression);
}

static bool
IsOneByte(const char *value)
{
	return value[0] != '\0' && value[1] == '\0' && !IS_HIGHBIT_SET(value[0]) &&
		value[0] != '\r' && value[0] != '\n';
}

static bool
CheckOneByte(const char *value, const char **detail)
{
	return IsOneByte(value);
}

static bool
CheckQuote(const char *value, const char **detail)
{
	return value[0] == '\0' || IsOneByte(value);
}

static bool
CheckNullText(const char *value, const char **detail)
{
	*detail = "The value must not contain a line break.";
	return strpbrk(value, "\r\n") == NULL;
}

static bool
CheckEncoding(const char *value, const char **detail)
{
	return pg_char_to_encoding(value) >= 0;
}

static bool
CheckLineage(const char *value, const char **detail)
{
	return strcmp(value, "file") == 0 || strcmp(value, "line") == 0;
}

static const SourceOption file_options[] = {
	{"root", ForeignServerRelationId, CheckRoot,
	"Specify the directory that contains the files, such as '/srv/data'."},
	{"max_file_bytes", ForeignServerRelationId, CheckBytesOption,
	"Specify a number with a unit, such as '500MB' or '20GB'."},

	{"glob", ForeignTableRelationId, CheckGlob,
	"Specify relative names, such as 'sales.csv', '2024/*.csv.gz' or '**/*.jsonl'."},
	{"format", ForeignTableRelationId, CheckFileFormat, "Valid values are 'csv', 'json' and 'jsonl'."},
	{"compression", ForeignTableRelationId, CheckCompression,
	"Valid values are 'none', 'gzip', 'zstd' and 'auto'."},
	{"records", ForeignTableRelationId, CheckJsonPath, JSON_PATH_HINT},
	{"header", ForeignTableRelationId, CheckBoolean, BOOLEAN_HINT},
	{"delimiter", ForeignTableRelationId, CheckOneByte, "Specify one ASCII character."},
	{"quote", ForeignTableRelationId, CheckQuote,
	"Specify one ASCII character, or an empty string for files without quotes."},
	{"escape", ForeignTableRelationId, CheckOneByte, "Specify one ASCII character."},
	{"null", ForeignTableRelationId, CheckNullText, NULL},
	{"encoding", ForeignTableRelationId, CheckEncoding,
	"Specify an encoding supported by PostgreSQL, such as 'UTF8' or 'WIN1252'."},

	{"path", AttributeRelationId, NULL, NULL},
	COLUMN_OPTIONS,
	{"lineage", AttributeRelationId, CheckLineage, "Valid values are 'file' and 'line'."},
};

static const OptionSet file_option_set = {
	"elt_file", file_options, lengthof(file_options)
};

static void
CheckMayReadFiles(void)
{
	if (has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to set option \"root\""),
			 errdetail("The option allows every user of the server to read the files of a "
					   "directory."),
			 errhint("Only members of role \"pg_read_server_files\" may own a server with this "
					 "option.")));
}

static void
CheckCsvOptions(List *options)
{
	char	   *delimiter = OptionValue(options, "delimiter");
	char	   *quote = OptionValue(options, "quote");
	char	   *null = OptionValue(options, "null");

	if (delimiter == NULL)
		delimiter = ",";
	if (quote == NULL)
		quote = "\"";
	if (delimiter[0] == quote[0])
		OptionError("quote", quote, "The quote must differ from the delimiter.", NULL);
	if (null != NULL && (strchr(null, delimiter[0]) ||
						 (quote[0] != '\0' && strchr(null, quote[0]))))
		OptionError("null", null, "The null string must not contain the delimiter or the "
					"quote.", NULL);
}

/* What is for one format, given with another. */
static void
CheckFormatOptions(List *options, bool csv)
{
	if (csv && OptionValue(options, "records") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("option \"records\" requires format 'json' or 'jsonl'"),
				 errdetail("Records of CSV files are lines.")));
	for (int i = 0; i < lengthof(csv_options); i++)
		if (!csv && OptionValue(options, csv_options[i]) != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("option \"%s\" requires format 'csv'", csv_options[i])));
}

static void
CheckTable(List *options)
{
	char	   *format = OptionValue(options, "format");
	bool		csv = format == NULL || strcmp(format, "csv") == 0;

	OptionRequire(options, "glob", "*.csv");
	CheckFormatOptions(options, csv);
	if (csv)
		CheckCsvOptions(options);
}

static void
CheckColumn(List *options)
{
	ColumnOptionsCheck(options);
	ColumnOptionExcludesReading(options, "lineage", "A lineage column is not read from the "
								"contents of the file.");
}

/* The options of an object of this catalogue. */
static void
FileOptionsCheck(List *options, Oid catalog)
{
	OptionNamesCheck(&file_option_set, options, catalog);
	if (catalog == ForeignServerRelationId)
	{
		OptionRequire(options, "root", "/srv/data");
		CheckMayReadFiles();
	}
	if (catalog == ForeignTableRelationId)
		CheckTable(options);
	if (catalog == AttributeRelationId)
		CheckColumn(options);
}

Datum
elt_file_validator(PG_FUNCTION_ARGS)
{
	return OptionsValidate(fcinfo, FileOptionsCheck);
}
