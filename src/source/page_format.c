/*
 * page_format.c
 *	  Check and read the options about the format of pages.
 */
#include "base/compat.h"
#include "source/page_format.h"

#include "decode/decode_spec.h"
#include "mb/pg_wchar.h"
#include "source/kind.h"
#include "source/option_read.h"
#include "source/options.h"

static const char *const format_names[] = {
	[PAGE_JSON] = "json",
	[PAGE_JSONL] = "jsonl",
	[PAGE_CSV] = "csv",
	[PAGE_XML] = "xml",
};

/* Options that only CSV has. */
static const char *const csv_options[] = {
	"delimiter", "quote", "escape", "null", "encoding"
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
	if (delimiter[0] == quote[0])
		OptionError("quote", quote, "The quote must differ from the delimiter.", NULL);
	if (null != NULL && (strchr(null, delimiter[0]) ||
						 (quote[0] != '\0' && strchr(null, quote[0]))))
		OptionError("null", null, "The null string must not contain the delimiter or the "
					"quote.", NULL);
}

static void
CheckIsNotGiven(List *options, const char *name, const char *formats, const char *detail)
{
	if (OptionValue(options, name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("option \"%s\" requires format %s", name, formats),
				 detail ? errdetail("%s", detail) : 0));
}

void
PageFormatCheck(List *options, PageFormatKind absent)
{
	PageFormatKind kind = KindOf(options, absent);

	if (kind == PAGE_CSV)
	{
		CheckIsNotGiven(options, "records", "'json', 'jsonl' or 'xml'", "Records of CSV are lines.");
		CheckIsNotGiven(options, "records_optional", "'json', 'jsonl' or 'xml'", NULL);
		CheckIsNotGiven(options, "header_path", "'json'", NULL);
		CheckCsvOptions(options);
		return;
	}
	for (int i = 0; i < lengthof(csv_options); i++)
		CheckIsNotGiven(options, csv_options[i], "'csv'", NULL);
	if (kind != PAGE_JSON)
	{
		CheckIsNotGiven(options, "header", "'csv' or 'json'", NULL);
		CheckIsNotGiven(options, "header_path", "'json'", NULL);
	}
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
	csv->dialect.delimiter = OptionText(options, "delimiter", ",")[0];
	csv->dialect.quote = OptionText(options, "quote", "\"")[0];
	csv->dialect.escape = csv->dialect.quote;
	csv->dialect.escape = OptionText(options, "escape", &csv->dialect.escape)[0];
	csv->null = OptionText(options, "null", "");
	csv->header = OptionBoolean(options, "header", true);
	ReadEncoding(csv, OptionText(options, "encoding", "UTF8"));
}

PageFormat
PageFormatRead(SourceDefinition *def, List *options, PageFormatKind absent)
{
	PageFormat	format = {KindOf(options, absent)};

	def->records = OptionValue(options, "records");
	def->records_optional = OptionBoolean(options, "records_optional", false);
	ReadCsv(&format.csv, options);
	format.header_row = format.kind == PAGE_JSON && OptionValue(options, "header") != NULL &&
		format.csv.header;
	format.header_path = OptionValue(options, "header_path");
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

void
PageFormatCheckColumns(const SourceDefinition *def, const PageFormat *format)
{
	CheckHasLists(def, format);
	if (format->kind != PAGE_CSV)
		return;
	CsvOptionsCheck(&format->csv);
	for (int i = 0; i < def->ncolumns && !format->csv.header; i++)
		if (def->columns[i].path != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("column \"%s\" of foreign table \"%s\" must not have option \"path\" "
							"because the %ss have no header",
							def->columns[i].name, def->relation,
							def->kind->page ? def->kind->page : "page"),
					 errdetail("Without a header, columns are matched with fields by "
							   "position.")));
}

void
PageFormatSet(const PageFormat *format, DecodeSpec *spec)
{
	if (format->kind == PAGE_CSV)
		spec->csv = &format->csv;
	if (format->kind == PAGE_JSONL)
		spec->framing = DECODE_LINES;
	spec->header_row = format->header_row;
	spec->header_path = format->header_path;
	spec->is_xml = format->kind == PAGE_XML;
}
