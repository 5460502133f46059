/*
 * page_format.c
 *	  Check and read the options about the format of pages.
 */
#include "base/compat.h"
#include "source/page_format.h"

#include "decode/decode_spec.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "port/pg_bitutils.h"
#include "source/kind.h"
#include "source/option_read.h"
#include "source/options.h"

static const char *const format_names[] = {
	[PAGE_CSV] = "csv",
	[PAGE_FIXED] = "fixed",
	[PAGE_JSON] = "json",
	[PAGE_JSONL] = "jsonl",
	[PAGE_PARQUET] = "parquet",
	[PAGE_XLSX] = "xlsx",
	[PAGE_XML] = "xml",
};

#define MAX_DELIMITER 8			/* bytes, in any encoding as many */

#define OF(kind) (1 << (kind))
#define OF_RECORDS (OF(PAGE_JSON) | OF(PAGE_JSONL) | OF(PAGE_XML))
#define OF_LINES (OF(PAGE_CSV) | OF(PAGE_FIXED))
#define OF_TABLES (OF_LINES | OF(PAGE_XLSX))

/* Options that not every format has. */
static const struct
{
	const char *name;
	int			formats;
}			format_options[] = {
	{"records", OF_RECORDS}, {"records_optional", OF_RECORDS},
	{"header", OF(PAGE_CSV) | OF(PAGE_JSON) | OF(PAGE_XLSX)}, {"header_path", OF(PAGE_JSON)},
	{"header_row", OF(PAGE_CSV) | OF(PAGE_XLSX)}, {"header_match", OF(PAGE_CSV) | OF(PAGE_XLSX)},
	{"delimiter", OF(PAGE_CSV)},
	{"quote", OF(PAGE_CSV)}, {"escape", OF(PAGE_CSV)}, {"null", OF_TABLES}, {"encoding", OF_LINES},
	{"comment", OF_LINES}, {"skip_lines", OF_TABLES}, {"skip_footer", OF_TABLES},
	{"fill_missing", OF_LINES}, {"sheet", OF(PAGE_XLSX)},
};

/* ---- single values ---- */

static bool
FormatOf(const char *name, PageFormatKind *kind)
{
	for (int i = 0; i < lengthof(format_names); i++)
		if (strcmp(format_names[i], name) == 0)
		{
			*kind = i;
			return true;
		}
	return false;
}

bool
CheckPageFormat(const char *value, const char **detail)
{
	PageFormatKind kind;

	return FormatOf(value, &kind);
}

static bool
IsOneByte(const char *value)
{
	return value[0] != '\0' && value[1] == '\0' && !IS_HIGHBIT_SET(value[0]) &&
		value[0] != '\r' && value[0] != '\n';
}

bool
CheckOneByte(const char *value, const char **detail)
{
	return IsOneByte(value);
}

/* Characters that neither end a line nor could begin a quoted field. */
bool
CheckDelimiter(const char *value, const char **detail)
{
	return value[0] != '\0' && strlen(value) <= MAX_DELIMITER && strpbrk(value, "\r\n") == NULL;
}

bool
CheckHeaderRow(const char *value, const char **detail)
{
	return strcmp(value, "first") == 0 || strcmp(value, "find") == 0;
}

bool
CheckHeaderMatch(const char *value, const char **detail)
{
	return strcmp(value, "name") == 0 || strcmp(value, "exact") == 0;
}

bool
CheckLineCount(const char *value, const char **detail)
{
	return value[0] != '\0' && strlen(value) <= 4 && strspn(value, "0123456789") == strlen(value);
}

bool
CheckQuote(const char *value, const char **detail)
{
	return value[0] == '\0' || IsOneByte(value);
}

bool
CheckNullText(const char *value, const char **detail)
{
	*detail = "The value must not contain a line break.";
	return strpbrk(value, "\r\n") == NULL;
}

bool
CheckEncoding(const char *value, const char **detail)
{
	TextForm	form;

	return pg_char_to_encoding(value) >= 0 || TextFormByName(value, &form);
}

/* ---- together ---- */

static PageFormatKind
KindOf(List *options, PageFormatKind absent)
{
	char	   *name = OptionValue(options, "format");
	PageFormatKind kind = absent;

	if (name != NULL && !FormatOf(name, &kind))
		OptionError("format", name, NULL, NULL);
	return kind;
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
	if (quote[0] != '\0' && strchr(delimiter, quote[0]) != NULL)
		OptionError("quote", quote, "The quote must differ from the delimiter.", NULL);
	if (null != NULL && (strstr(null, delimiter) ||
						 (quote[0] != '\0' && strchr(null, quote[0]))))
		OptionError("null", null, "The null string must not contain the delimiter or the "
					"quote.", NULL);
}

/* "'csv', 'json' or 'xml'" */
static char *
FormatNames(int formats)
{
	StringInfoData names;
	int			left = pg_popcount32(formats);

	initStringInfo(&names);
	for (int i = 0; i < lengthof(format_names); i++)
	{
		if ((formats & OF(i)) == 0)
			continue;
		appendStringInfo(&names, "'%s'%s", format_names[i], left > 2 ? ", " : left == 2 ? " or " : "");
		left--;
	}
	return names.data;
}

static void
CheckAreOfFormat(List *options, PageFormatKind kind)
{
	for (int i = 0; i < lengthof(format_options); i++)
	{
		const char *name = format_options[i].name;

		if ((format_options[i].formats & OF(kind)) == 0 && OptionValue(options, name) != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("option \"%s\" requires format %s", name,
							FormatNames(format_options[i].formats)),
					 kind == PAGE_CSV && strcmp(name, "records") == 0 ?
					 errdetail("Records of CSV are lines.") : 0));
	}
}

static bool
FindsHeader(List *options)
{
	return strcmp(OptionText(options, "header_row", "first"), "find") == 0;
}

static bool
IsExact(List *options)
{
	return strcmp(OptionText(options, "header_match", "name"), "exact") == 0;
}

static void
CheckHeader(List *options)
{
	if (OptionBoolean(options, "header", true))
		return;
	if (FindsHeader(options))
		OptionsExclude(options, "header", "header_row", "Without a header there is none to find.");
	if (IsExact(options))
		OptionsExclude(options, "header", "header_match", "Without a header there is none to match.");
}

void
PageFormatCheck(List *options, PageFormatKind absent)
{
	PageFormatKind kind = KindOf(options, absent);

	CheckAreOfFormat(options, kind);
	EnvelopeOptionsCheck(options, kind == PAGE_JSON || kind == PAGE_JSONL);
	if (kind == PAGE_CSV)
		CheckCsvOptions(options);
	if ((OF_TABLES & OF(kind)) != 0)
		CheckHeader(options);
	OptionsExclude(options, "header", "header_path", NULL);
	if (kind == PAGE_XML)
		OptionRequire(options, "records", "$.catalog.book[*]");
}

/* UTF-16 and UTF-32 are no encodings of PostgreSQL: their text is converted before it is read. */
static void
ReadEncoding(CsvOptions *csv, const char *name)
{
	csv->form = TEXT_BYTES;
	csv->encoding = pg_char_to_encoding(name);
	if (csv->encoding >= 0)
		return;
	if (!TextFormByName(name, &csv->form))
		OptionError("encoding", name, NULL, NULL);
	csv->encoding = PG_UTF8;
}

static void
ReadCsv(CsvOptions *csv, List *options)
{
	csv->dialect.delimiter = OptionText(options, "delimiter", ",");
	csv->dialect.quote = OptionText(options, "quote", "\"")[0];
	csv->dialect.escape = csv->dialect.quote;
	csv->dialect.escape = OptionText(options, "escape", &csv->dialect.escape)[0];
	csv->null = OptionText(options, "null", "");
	csv->dialect.names_delimiter = true;
	csv->dialect.comment = OptionText(options, "comment", "")[0];
	csv->dialect.skip_lines = strtol(OptionText(options, "skip_lines", "0"), NULL, 10);
	csv->skip_footer = strtol(OptionText(options, "skip_footer", "0"), NULL, 10);
	csv->fill_missing = OptionBoolean(options, "fill_missing", false);
	csv->header = OptionBoolean(options, "header", true);
	csv->find_header = FindsHeader(options);
	csv->exact_header = IsExact(options);
	ReadEncoding(csv, OptionText(options, "encoding", "UTF8"));
}

/* Lines that are cut at places, instead of delimiters. */
static void
SetFixed(CsvOptions *csv)
{
	csv->layout = CSV_FIXED;
	csv->header = false;
	csv->dialect.delimiter = "";
	csv->dialect.quote = csv->dialect.escape = '\0';
	csv->dialect.names_delimiter = false;
}

/* Cells without a value, at the end of a row too, are null; what stands beside the table is none of it. */
static void
SetSheet(CsvOptions *csv, List *options)
{
	csv->layout = CSV_SHEET;
	csv->sheet = OptionValue(options, "sheet");
	csv->fill_missing = csv->ignore_more = true;
}

PageFormat
PageFormatRead(SourceDefinition *def, List *options, PageFormatKind absent)
{
	PageFormat	format = {KindOf(options, absent)};

	def->records = OptionValue(options, "records");
	def->records_optional = OptionBoolean(options, "records_optional", false);
	def->envelope = EnvelopeRead(options);
	def->takes_bounds = format.kind == PAGE_PARQUET;
	ReadCsv(&format.csv, options);
	if (format.kind == PAGE_FIXED)
		SetFixed(&format.csv);
	if (format.kind == PAGE_XLSX)
		SetSheet(&format.csv, options);
	format.header_row = format.kind == PAGE_JSON && OptionValue(options, "header") != NULL &&
		format.csv.header;
	format.header_path = OptionValue(options, "header_path");
	def->has_header = format.header_row || format.header_path != NULL ||
		format.kind == PAGE_PARQUET ||
		((format.kind == PAGE_CSV || format.kind == PAGE_XLSX) && format.csv.header);
	return format;
}

/* The position in a list is told of JSON alone. */
static void
CheckHasLists(const SourceDefinition *def, const PageFormat *format)
{
	if (format->kind == PAGE_JSON || format->kind == PAGE_JSONL)
		return;
	for (int i = 0; i < def->ncolumns; i++)
		if (def->columns[i].is_index)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("lineage \"index\" of column \"%s\" of foreign table \"%s\" requires "
							"format 'json' or 'jsonl'", def->columns[i].name, def->relation),
					 errhint("Use lineage \"line\" for the line number in a CSV file.")));
}

static void
RefusePath(const SourceDefinition *def, const SourceColumn *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("column \"%s\" of foreign table \"%s\" must not have option \"path\" because "
					"the %ss have no header",
					column->name, def->relation, def->kind->page ? def->kind->page : "page"),
			 errdetail("Without a header, columns are matched with fields by position.")));
}

/* Is the column's value read from the page? */
static bool
IsRead(const SourceColumn *column)
{
	return !SourceColumnIsGiven(column) && !column->is_line &&
		!column->is_arrival && !column->is_list && !column->is_computed;
}

static void
CheckPositionOf(const SourceDefinition *def, const PageFormat *format, const SourceColumn *column)
{
	bool		is_fixed = format->kind == PAGE_FIXED;

	if (column->first == 0 && !(is_fixed && IsRead(column)))
		return;
	if (column->first == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("column \"%s\" of foreign table \"%s\" requires option \"position\"",
						column->name, def->relation),
				 errdetail("Fields of fixed width are found by their characters."),
				 errhint("For example: OPTIONS (position '1-10').")));
	if ((OF_TABLES & OF(format->kind)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("option \"position\" of column \"%s\" of foreign table \"%s\" requires "
						"format %s", column->name, def->relation, FormatNames(OF_TABLES))));
	if (column->is_range && !is_fixed)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("position of column \"%s\" of foreign table \"%s\" must be a number",
						column->name, def->relation),
				 errdetail("Only fields of format 'fixed' are found by their characters.")));
}

/* Of columns that are found by number, no name is known that the header could have. */
static void
CheckIsNamed(const SourceDefinition *def, const SourceColumn *column)
{
	if (column->first == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("option \"position\" of column \"%s\" of foreign table \"%s\" excludes header_match "
					"'exact'", column->name, def->relation),
			 errhint("Set option \"path\" of the column to its name in the header.")));
}

static void
CheckHasNames(const SourceDefinition *def)
{
	for (int i = 0; i < def->ncolumns; i++)
		if (IsRead(&def->columns[i]) && def->columns[i].first == 0)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
			 errmsg("header_row 'find' of foreign table \"%s\" requires a column that is found by its "
					"name", def->relation),
			 errhint("Remove option \"position\" from a column, or use option \"skip_lines\".")));
}

void
PageFormatCheckColumns(const SourceDefinition *def, const PageFormat *format)
{
	bool		by_name = (OF_TABLES & OF(format->kind)) == 0 || format->csv.header;

	CheckHasLists(def, format);
	EnvelopeCheckColumns(def);
	if (format->kind == PAGE_CSV)
		CsvOptionsCheck(&format->csv);
	if (format->csv.find_header)
		CheckHasNames(def);
	for (int i = 0; i < def->ncolumns; i++)
	{
		CheckPositionOf(def, format, &def->columns[i]);
		if (format->csv.exact_header)
			CheckIsNamed(def, &def->columns[i]);
		if (def->columns[i].path != NULL && !by_name)
			RefusePath(def, &def->columns[i]);
	}
}

void
PageFormatSet(const PageFormat *format, DecodeSpec *spec)
{
	if ((OF_TABLES & OF(format->kind)) != 0)
		spec->csv = &format->csv;
	if (format->kind == PAGE_JSONL)
		spec->framing = DECODE_LINES;
	spec->header_row = format->header_row;
	spec->header_path = format->header_path;
	spec->is_xml = format->kind == PAGE_XML;
	spec->is_parquet = format->kind == PAGE_PARQUET;
}
