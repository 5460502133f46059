/*
 * page_format.h
 *	  The options of a foreign table about the format of its pages: JSON, JSON Lines, CSV, fixed width,
 *	  XML, Excel or Parquet.
 */
#ifndef ELT_SOURCE_PAGE_FORMAT_H
#define ELT_SOURCE_PAGE_FORMAT_H

#include "postgres.h"
#include "decode/csv_decoder.h"
#include "nodes/pg_list.h"
#include "source/definition.h"
#include "source/envelope_options.h"

struct DecodeSpec;

typedef enum PageFormatKind
{
	PAGE_CSV,
	PAGE_FIXED,
	PAGE_JSON,
	PAGE_JSONL,
	PAGE_PARQUET,
	PAGE_XLSX,
	PAGE_XML
} PageFormatKind;

typedef struct PageFormat
{
	PageFormatKind kind;
	CsvOptions	csv;			/* of PAGE_CSV, PAGE_FIXED and PAGE_XLSX */
	bool		header_row;		/* of PAGE_JSON: the first record names the fields of the others */
	char	   *header_path;	/* the same, at this place of the page; or NULL */
} PageFormat;

#define LINE_COUNT_HINT "Specify a number of lines from 0 to 9999."

/* Among the options (SourceOption) of a kind. */
#define PAGE_FORMAT_OPTIONS \
	ENVELOPE_OPTIONS, \
	{"format", ForeignTableRelationId, CheckPageFormat, \
	"Valid values are 'csv', 'fixed', 'json', 'jsonl', 'parquet', 'xlsx' and 'xml'."}, \
	{"records", ForeignTableRelationId, CheckRecords, JSON_PATH_HINT}, \
	{"records_optional", ForeignTableRelationId, CheckBoolean, BOOLEAN_HINT}, \
	{"header", ForeignTableRelationId, CheckBoolean, BOOLEAN_HINT}, \
	{"header_path", ForeignTableRelationId, CheckJsonPath, JSON_PATH_HINT}, \
	{"header_row", ForeignTableRelationId, CheckHeaderRow, \
	"Specify 'find' to use the first line that has the names of all columns."}, \
	{"header_match", ForeignTableRelationId, CheckHeaderMatch, "Valid values are 'name' and 'exact'."}, \
	{"skip_lines", ForeignTableRelationId, CheckLineCount, LINE_COUNT_HINT}, \
	{"skip_footer", ForeignTableRelationId, CheckLineCount, LINE_COUNT_HINT}, \
	{"comment", ForeignTableRelationId, CheckOneByte, "Specify one ASCII character."}, \
	{"fill_missing", ForeignTableRelationId, CheckBoolean, BOOLEAN_HINT}, \
	{"delimiter", ForeignTableRelationId, CheckDelimiter, \
	"Specify one or several characters, at most 8 bytes."}, \
	{"quote", ForeignTableRelationId, CheckQuote, \
	"Specify one ASCII character, or an empty string for files without quotes."}, \
	{"escape", ForeignTableRelationId, CheckOneByte, "Specify one ASCII character."}, \
	{"null", ForeignTableRelationId, CheckNullText, NULL}, \
	{"encoding", ForeignTableRelationId, CheckEncoding, \
	"Specify an encoding supported by PostgreSQL, such as 'UTF8' or 'WIN1252', or 'UTF16' or 'UTF32'."}

extern bool CheckPageFormat(const char *value, const char **detail);
extern bool CheckDelimiter(const char *value, const char **detail);
extern bool CheckHeaderRow(const char *value, const char **detail);
extern bool CheckHeaderMatch(const char *value, const char **detail);
extern bool CheckLineCount(const char *value, const char **detail);
extern bool CheckOneByte(const char *value, const char **detail);
extern bool CheckQuote(const char *value, const char **detail);
extern bool CheckNullText(const char *value, const char **detail);
extern bool CheckEncoding(const char *value, const char **detail);

/* Raise an error when options are not of the format, which is absent when it is not declared. */
extern void PageFormatCheck(List *options, PageFormatKind absent);
/* The options of a foreign table, which passed that check, into def and the result. */
extern PageFormat PageFormatRead(SourceDefinition *def, List *options, PageFormatKind absent);
/* Check the columns against the format. */
extern void PageFormatCheckColumns(const SourceDefinition *def, const PageFormat *format);
extern void PageFormatSet(const PageFormat *format, struct DecodeSpec *spec);

#endif
