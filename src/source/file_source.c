#include "base/compat.h"
#include "source/file_source.h"

#include "base/errors.h"
#include "base/sql.h"
#include "mb/pg_wchar.h"
#include "source/options.h"
#include "source/params.h"
#include "source/template.h"
#include "source/values.h"
#include "transport/beneath.h"
#include "utils/builtins.h"

#define MAX_FILE_BYTES (INT64CONST(16) << 30)

/* Guesses for the planner. */
#define BYTES_PER_ROW 100

/* ---- options ---- */

static FileFormat
FormatOf(List *options)
{
	char	   *format = OptionValue(options, "format");

	if (format == NULL || strcmp(format, "csv") == 0)
		return FILE_CSV;
	return strcmp(format, "json") == 0 ? FILE_JSON : FILE_JSONL;
}

static char *
ValueOr(List *options, const char *name, char *value)
{
	char	   *given = OptionValue(options, name);

	return given ? given : value;
}

static void
ReadCsv(CsvOptions *csv, List *options)
{
	csv->dialect.delimiter = ValueOr(options, "delimiter", ",")[0];
	csv->dialect.quote = ValueOr(options, "quote", "\"")[0];
	csv->dialect.escape = csv->dialect.quote;
	csv->dialect.escape = ValueOr(options, "escape", &csv->dialect.escape)[0];
	csv->null = ValueOr(options, "null", "");
	csv->encoding = pg_char_to_encoding(ValueOr(options, "encoding", "UTF8"));
	if (!parse_bool(ValueOr(options, "header", "true"), &csv->header))
		OptionError("header", OptionValue(options, "header"), NULL, NULL);
	if (csv->encoding < 0)
		OptionError("encoding", OptionValue(options, "encoding"), NULL, NULL);
}

void
FileSourceRead(SourceDefinition *def, const ForeignServer *server, const ForeignTable *table)
{
	FileSource *file = palloc0(sizeof(FileSource));
	char	   *bytes = OptionValue(server->options, "max_file_bytes");

	def->server = server->serverid;
	def->server_owner = server->owner;
	def->server_name = server->servername;
	def->concurrency = 1;
	def->max_attempts = 1;
	def->records = OptionValue(table->options, "records");
	def->file = file;
	file->root = OptionValue(server->options, "root");
	file->glob = OptionValue(table->options, "glob");
	if (file->root == NULL || file->glob == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("foreign table %s has no option \"glob\", or its server no option "
						"\"root\"", def->relation)));
	file->format = FormatOf(table->options);
	file->compression = ValueOr(table->options, "compression", "auto");
	file->max_bytes = MAX_FILE_BYTES;
	if (bytes != NULL && !ParseBytes(bytes, &file->max_bytes))
		OptionError("max_file_bytes", bytes, NULL, NULL);
	ReadCsv(&file->csv, table->options);
}

void
FileColumnRead(SourceColumn *column, List *options)
{
	char	   *lineage = OptionValue(options, "lineage");

	if (lineage != NULL && strcmp(lineage, "file") == 0)
		column->param = FILE_PARAM;
	column->is_line = lineage != NULL && strcmp(lineage, "line") == 0;
}

void
FileSourceCheck(const SourceDefinition *def)
{
	const FileSource *file = def->file;

	if (file->format != FILE_CSV)
		return;
	CsvOptionsCheck(&file->csv);
	for (int i = 0; i < def->ncolumns && !file->csv.header; i++)
		if (def->columns[i].path != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("column \"%s\" of foreign table %s has option \"path\", but the "
							"files have no header", def->columns[i].name, def->relation),
					 errdetail("Without a header, the columns take the fields in their order.")));
}

/* ---- slices ---- */

static bool
IsWanted(List *wanted, const char *name)
{
	ListCell   *lc;

	foreach(lc, wanted)
		if (strcmp(((ParamValue *) lfirst(lc))->text, name) == 0)
			return true;
	return false;
}

static void
CheckAllExist(const SourceDefinition *def, List *wanted, List *names)
{
	ListCell   *lc;

	foreach(lc, wanted)
	{
		char	   *name = ((ParamValue *) lfirst(lc))->text;

		if (!NamesContain(names, name))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_FILE),
					 errmsg("foreign table %s has no file \"%s\"", def->relation, name),
					 errdetail("Its files are those below \"%s\" that match \"%s\".",
							   def->file->root, def->file->glob)));
	}
}

/* File names are bytes; one that is no text in this database has no place in params. */
static void
CheckIsText(const char *name)
{
	if (pg_verifymbstr(name, strlen(name), true))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
			 errmsg("the name of a file is not valid in the encoding of the database"),
			 errhint("Rename it, or make option \"glob\" pass it by.")));
}

List *
FileCombinations(const SourceDefinition *def, List *wanted, bool must_exist)
{
	List	   *names = ListBeneath(def->file->root, def->file->glob);
	List	   *values = NIL;
	ListCell   *lc;

	if (must_exist)
		CheckAllExist(def, wanted, names);
	foreach(lc, names)
	{
		if (wanted != NIL && !IsWanted(wanted, lfirst(lc)))
			continue;
		CheckIsText(lfirst(lc));
		values = lappend(values, ParamFromText(lfirst(lc)));
	}
	return ParamCombinations(list_make1(FILE_PARAM), list_make1(values));
}

int64
FileBytes(const SourceDefinition *def, List *slices)
{
	int64		bytes = 0;
	ListCell   *lc;

	foreach(lc, slices)
		bytes += SizeBeneath(def->file->root,
							 ParamText(((Slice *) lfirst(lc))->params, FILE_PARAM));
	return bytes;
}

double
FileRowsGuess(const SourceDefinition *def)
{
	double		bytes = 0;
	ListCell   *lc;

	foreach(lc, ListBeneath(def->file->root, def->file->glob))
		bytes += SizeBeneath(def->file->root, lfirst(lc));
	return Max(bytes / BYTES_PER_ROW, 1);
}

char *
FileText(const Slice *slice)
{
	return psprintf("\"%s\"", ParamText(slice->params, FILE_PARAM));
}

bool
FileIsEmpty(const SourceDefinition *def, const Slice *slice, const FetchedPage *page)
{
	const FileSource *file = def->file;

	if (file == NULL || file->format != FILE_CSV || !file->csv.header || page->bytes > 0)
		return false;
	ereport(WARNING,
			(errcode(ERRCODE_ELT_FILE),
			 errmsg("file %s of foreign table %s is empty", FileText(slice), def->relation),
			 errdetail("It does not even have a header: perhaps it is still to be written.")));
	return true;
}

TransportRequest *
FileRequest(const SourceDefinition *def, const Slice *slice)
{
	TransportRequest *request = palloc0(sizeof(TransportRequest));
	char	   *name = ParamText(slice->params, FILE_PARAM);

	if (name == NULL)
		elog(ERROR, "slice %s names no file", slice->params);
	request->method = "GET";
	request->url = psprintf("file:%s", name);
	request->shown_url = request->url;
	request->root = def->file->root;
	request->compression = def->file->compression;
	request->max_bytes = def->file->max_bytes;
	return request;
}
