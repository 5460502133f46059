/*
 * file_source.c
 *	  The kind of source for files of the server.
 */
#include "base/compat.h"
#include "source/file/file_source.h"

#include "base/errors.h"
#include "base/sql_name.h"
#include "catalog/file_ledger.h"
#include "catalog/pg_authid.h"
#include "commands/explain.h"
#include EXPLAIN_FORMAT_HEADER
#include EXPLAIN_STATE_HEADER
#include "decode/decode.h"
#include "mb/pg_wchar.h"
#include "source/definition_checks.h"
#include "source/file/file_policy_options.h"
#include "source/file/import_parquet.h"
#include "source/file_filter.h"
#include "source/kinds.h"
#include "source/option_read.h"
#include "source/options.h"
#include "source/params.h"
#include "source/pull.h"
#include "transport/file_dispose.h"
#include "transport/file_list.h"
#include "transport/page.h"
#include "transport/readable.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#define PARTITION "partition "
#define MAX_FILE_BYTES (INT64CONST(16) << 30)

/* Guesses for the planner. */
#define BYTES_PER_ROW 100
#define BYTES_PER_PACKED_ROW 20 /* of Parquet */

/* ---- options ---- */

/* What a file may have, after decompression. */
static int64
MaxBytes(const ForeignServer *server)
{
	return OptionBytes(server->options, "max_file_bytes", MAX_FILE_BYTES);
}

static void
Read(SourceDefinition *def, const ForeignServer *server, const ForeignTable *table)
{
	FileSource *file = palloc0(sizeof(FileSource));

	def->own = file;
	file->root = OptionValue(server->options, "root");
	file->glob = OptionValue(table->options, "glob");
	if (file->root == NULL || file->glob == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("foreign table \"%s\" requires option \"glob\", and its server option "
						"\"root\"", def->relation)));
	def->files = FilePolicyRead(table->options);
	file->format = PageFormatRead(def, table->options, PAGE_CSV);
	file->compression = OptionText(table->options, "compression", "auto");
	file->members = OptionValue(table->options, "members");
	file->max_bytes = MaxBytes(server);
}

const char *
PartitionOfLineage(const char *lineage)
{
	return lineage != NULL && strncmp(lineage, PARTITION, strlen(PARTITION)) == 0 ?
		lineage + strlen(PARTITION) : NULL;
}

static void
ReadColumn(SourceColumn *column, List *options)
{
	char	   *lineage = OptionValue(options, "lineage");

	if (lineage != NULL && strcmp(lineage, "file") == 0)
		column->param = FILE_PARAM;
	column->is_modified = lineage != NULL && strcmp(lineage, "modified") == 0;
	column->is_size = lineage != NULL && strcmp(lineage, "size") == 0;
	column->is_member = lineage != NULL && strcmp(lineage, "member") == 0;
	column->partition = unconstify(char *, PartitionOfLineage(lineage));
	column->is_line = lineage != NULL && strcmp(lineage, "line") == 0;
	column->is_key = lineage != NULL && strcmp(lineage, "key") == 0;
	column->is_index = lineage != NULL && strcmp(lineage, "index") == 0;
}

static void
Check(SourceDefinition *def)
{
	const FileSource *file = def->own;

	def->params = list_make1(FILE_PARAM);
	PageFormatCheckColumns(def, &file->format);
}

static void
CheckRights(const SourceDefinition *def)
{
	if (!has_privs_of_role(def->server_owner, ROLE_PG_READ_SERVER_FILES))
		OwnerRefused(def, "root",
					 "The option allows every user of the server to read the files of a "
					 "directory.",
					 "A member of role \"pg_read_server_files\"");
}

static void
SetFormat(const SourceDefinition *def, DecodeSpec *spec)
{
	const FileSource *file = def->own;

	PageFormatSet(&file->format, spec);
}

/* ---- files ---- */

static bool
NamesFile(List *names, const char *name)
{
	return names == NIL || NamesContain(names, name);
}

static bool
WantsDirectory(void *filter, const char *name)
{
	return FileFilterWants(filter, name, false);
}

/* Those of the table, whatever their names. */
static List *
AllFiles(const SourceDefinition *def)
{
	const FileSource *file = def->own;
	List	   *files = FileList(file->root, file->glob, WantsDirectory, def->filter);
	List	   *left = NIL;
	ListCell   *lc;

	if (def->files->done_file == NULL && def->files->loaded_to == NULL &&
		def->files->rejected_to == NULL)
		return files;
	foreach(lc, files)
	{
		const char *name = ((ListedFile *) lfirst(lc))->name;

		if (!FilePolicyIsMarker(def->files, name) && !FilePolicyHasMoved(def->files, name))
			left = lappend(left, lfirst(lc));
	}
	return left;
}

static void
CheckAllExist(const SourceDefinition *def, List *names, List *files)
{
	const FileSource *file = def->own;
	List	   *existing = NIL;
	ListCell   *lc;

	foreach(lc, files)
		existing = lappend(existing, ((ListedFile *) lfirst(lc))->name);
	foreach(lc, names)
		if (!NamesContain(existing, lfirst(lc)))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_FILE),
					 errmsg("foreign table \"%s\" has no file \"%s\"", def->relation,
							(char *) lfirst(lc)),
					 errdetail("The files of the foreign table are below \"%s\" and match "
							   "\"%s\".",
							   file->root, file->glob)));
}

static bool
IsText(const char *name)
{
	return pg_verifymbstr(name, strlen(name), true);
}

static List *
ListFiles(const SourceDefinition *def, List *names)
{
	List	   *files = AllFiles(def);
	List	   *wanted = NIL;
	ListCell   *lc;

	if (names != NIL)
		CheckAllExist(def, names, files);
	foreach(lc, files)
	{
		ListedFile *file = lfirst(lc);

		if (!NamesFile(names, file->name))
			continue;
		if (!IsText(file->name))
		{
			file->name = ReadableText(file->name, strlen(file->name), false);
			file->problem = pstrdup("its name is not valid in the database encoding");
			file->has_no_text = true;
		}
		wanted = lappend(wanted, file);
	}
	return wanted;
}

static ListedFile *
FindFile(const SourceDefinition *def, const char *name)
{
	return FileFacts(((const FileSource *) def->own)->root, name);
}

static void
DisposeFile(const SourceDefinition *def, DisposableFile *file)
{
	const FileSource *source = def->own;
	const FilePolicy *policy = def->files;
	const char *folder = file->has_landed ? policy->loaded_to : policy->rejected_to;
	const char *suffix = file->checksum ? file->checksum :
		psprintf(INT64_FORMAT, file->modified);
	FileState	read = file->has_landed ? FILE_LANDED : FILE_REJECTED;

	if ((file->has_landed ? policy->after_load : policy->on_reject) == DISPOSAL_KEEP)
	{
		file->outcome = read;
		return;
	}
	switch (FileDispose(source->root, file->name, file->size, file->modified, folder,
						suffix, &file->problem))
	{
		case FILE_IS_DISPOSED:
			file->outcome = FILE_DISPOSED;
			break;
		case FILE_IS_ANOTHER:
			file->outcome = read;
			break;
		case FILE_STAYS:
			file->outcome = FILE_DISPOSING;
			break;
	}
}

/* ---- slices ---- */

/* File names are bytes; one that is no text in this database has no place in params. */
static void
CheckIsText(const char *name)
{
	if (IsText(name))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
			 errmsg("file name is not valid in the database encoding"),
			 errhint("Rename the file, or exclude it with option \"glob\".")));
}

static List *
TextsOf(List *values)
{
	List	   *texts = NIL;
	ListCell   *lc;

	foreach(lc, values)
		texts = lappend(texts, ((ParamValue *) lfirst(lc))->text);
	return texts;
}

/* Of a pipeline, those that are no text are told by its runs. */
static List *
ListCombinations(const SourceDefinition *def, List *choices, bool must_exist)
{
	List	   *names = TextsOf(linitial(choices));
	List	   *files = AllFiles(def);
	List	   *values = NIL;
	ListCell   *lc;

	if (must_exist)
		CheckAllExist(def, names, files);
	foreach(lc, files)
	{
		char	   *name = ((ListedFile *) lfirst(lc))->name;

		if (!NamesFile(names, name))
			continue;
		if (must_exist && !IsText(name))
			continue;
		CheckIsText(name);
		if (!FileFilterWants(def->filter, name, true))
			continue;
		values = lappend(values, ParamFromText(name));
	}
	return ParamCombinations(list_make1(FILE_PARAM), list_make1(values));
}

static char *
ParamOption(const char *name)
{
	return "lineage 'file'";
}

/* ---- for people and the planner ---- */

/* On disk, of these slices' files, as far as they can be read. */
static int64
BytesOf(const SourceDefinition *def, List *slices)
{
	int64		bytes = 0;
	ListCell   *lc;

	foreach(lc, slices)
	{
		ListedFile *file = FindFile(def, ParamText(((Slice *) lfirst(lc))->params, FILE_PARAM));

		bytes += file->problem == NULL ? Max(file->size, 0) : 0;
	}
	return bytes;
}

static double
GuessRows(const SourceDefinition *def, double requests)
{
	double		bytes = 0;
	ListCell   *lc;

	foreach(lc, AllFiles(def))
	{
		const ListedFile *file = lfirst(lc);

		if (file->problem == NULL && FileFilterWants(def->filter, file->name, true))
			bytes += Max(file->size, 0);
	}
	return Max(bytes / (def->takes_bounds ? BYTES_PER_PACKED_ROW : BYTES_PER_ROW), 1);
}

static void
Explain(const SourceDefinition *def, const ScanFacts *facts, ExplainState *es)
{
	const FileSource *file = def->own;

	ExplainPropertyText("Glob", file->glob, es);
	if (!facts->planned)
		return;
	ExplainPropertyInteger("Files", NULL, list_length(facts->slices), es);
	ExplainPropertyInteger("Bytes", "B", BytesOf(def, facts->slices), es);
	if (facts->totals != NULL)
		ExplainPropertyInteger("Bytes Decoded", "B", facts->totals->bytes, es);
}

static char *
NameOf(const Slice *slice)
{
	return psprintf("\"%s\"", ParamText(slice->params, FILE_PARAM));
}

static void
TellPage(const SourceDefinition *def, const PulledSlice *pulled, const FetchedPage *page)
{
	if (page->member != NULL)
		errcontext("member \"%s\" of file %s of foreign table \"%s\"", page->member,
				   NameOf(pulled->slice), def->relation);
	else
		errcontext("file %s of foreign table \"%s\"", NameOf(pulled->slice), def->relation);
}

/* ---- pages ---- */

/*
 * Read to its end without a byte: no error, as nothing is wrong with its rows. Where a header should
 * be, a warning says so.
 */
static bool
IsVoid(const SourceDefinition *def, const Slice *slice, const FetchedPage *page)
{
	const FileSource *file = def->own;

	if (page->bytes > 0)
		return false;
	if ((file->format.kind != PAGE_CSV && file->format.kind != PAGE_XLSX) ||
		!file->format.csv.header)
		return true;
	ereport(WARNING,
			(errcode(ERRCODE_ELT_FILE),
			 page->member != NULL ?
			 errmsg("member \"%s\" of file %s of foreign table \"%s\" is empty", page->member,
					NameOf(slice), def->relation) :
			 errmsg("file %s of foreign table \"%s\" is empty", NameOf(slice), def->relation),
			 errdetail("The file has no header; it may not be written yet.")));
	return true;
}

/* ---- IMPORT FOREIGN SCHEMA ---- */

static bool
ImportSchema(const ForeignServer *server, const char *schema, List *options, List **statements)
{
	if (strcmp(schema, "parquet") != 0)
		return false;
	*statements = list_make1(ImportParquet(server, options, MaxBytes(server)));
	return true;
}

const SourceKind FileKind = {
	.wrapper = "elt_file",
	.feed = &FileFeed,
	.page = "file",
	.read = Read,
	.read_column = ReadColumn,
	.check = Check,
	.check_rights = CheckRights,
	.set_format = SetFormat,
	.import_schema = ImportSchema,
	.imports = "parquet",
	.list_combinations = ListCombinations,
	.list_files = ListFiles,
	.find_file = FindFile,
	.dispose_file = DisposeFile,
	.param_option = ParamOption,
	.is_void = IsVoid,
	.tell_page = TellPage,
	.guess_rows = GuessRows,
	.explain = Explain,
};
