/*
 * import_parquet.c
 *	  The foreign table for Parquet files, from their schemas.
 *
 * It has the fields of all files. One that some of them lack is optional; one that has another type in
 * another file is an error, because no type would be that of both.
 */
#include "base/compat.h"
#include "source/file/import_parquet.h"

#include "access/htup_details.h"
#include "base/errors.h"
#include "catalog/pg_authid.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parquet/parquet_read_footer.h"
#include "source/options.h"
#include "source/settings.h"
#include "transport/beneath.h"
#include "transport/file_list.h"
#include "transport/page.h"
#include "transport/transport.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

typedef struct ImportField
{
	char	   *name;			/* in the file, as text of the server */
	char	   *type;			/* of PostgreSQL */
	const char *file;			/* the first one that has it */
	const char *last;			/* the last one */
	int			files;			/* that have it */
} ImportField;

typedef struct Import
{
	const char *root;
	const char *glob;
	int64		max_bytes;		/* of one of them, after decompression */
	int			nfields;
	int			room;
	ImportField *fields;
	int			files;
} Import;

/* ---- types ---- */

static const char *
IntegerType(const ParquetNode *leaf)
{
	int			bits = leaf->bits + (leaf->meaning == PARQUET_MEANS_UNSIGNED);

	return bits <= 16 ? "smallint" : bits <= 32 ? "integer" : bits <= 64 ? "bigint" : "numeric(20,0)";
}

static const char *
LeafType(const ParquetNode *leaf)
{
	switch (leaf->meaning)
	{
		case PARQUET_MEANS_BOOL:
			return "boolean";
		case PARQUET_MEANS_SIGNED:
		case PARQUET_MEANS_UNSIGNED:
			return IntegerType(leaf);
		case PARQUET_MEANS_HALF:
		case PARQUET_MEANS_FLOAT:
			return "real";
		case PARQUET_MEANS_DOUBLE:
			return "double precision";
		case PARQUET_MEANS_DECIMAL:
			return leaf->precision > 1000 ? "numeric" :
				psprintf("numeric(%d,%d)", leaf->precision, leaf->scale);
		case PARQUET_MEANS_DATE:
			return "date";
		case PARQUET_MEANS_TIME:
			return "time";
		case PARQUET_MEANS_TIMESTAMP:
			return leaf->is_utc ? "timestamptz" : "timestamp";
		case PARQUET_MEANS_INT96:
			return "timestamptz";
		case PARQUET_MEANS_INTERVAL:
			return "interval";
		case PARQUET_MEANS_JSON:
			return "jsonb";
		case PARQUET_MEANS_UUID:
			return "uuid";
		case PARQUET_MEANS_BYTES:
			return "bytea";
		case PARQUET_MEANS_TEXT:
		case PARQUET_MEANS_NOTHING:
			break;
	}
	return "text";
}

/* The leaf that is the element of a list of single values; NULL: it is another list, or none. */
static const ParquetNode *
ElementOf(const ParquetNode *node)
{
	const ParquetNode *repeated = node->first;

	if (!node->is_group)
		return node->repetition == PARQUET_REPEATED ? node : NULL;
	if (node->shape != PARQUET_LIST || node->repetition == PARQUET_REPEATED)
		return NULL;
	if (!repeated->is_group)
		return repeated;
	return repeated->nchildren == 1 && !repeated->first->is_group &&
		repeated->first->repetition != PARQUET_REPEATED && strcmp(repeated->name, "array") != 0 ?
		repeated->first : NULL;
}

static char *
TypeOf(const ParquetNode *node)
{
	const ParquetNode *element = ElementOf(node);

	if (element != NULL)
		return psprintf("%s[]", LeafType(element));
	return pstrdup(node->is_group ? "jsonb" : LeafType(node));
}

/* ---- fields of all files ---- */

static ImportField *
FindField(Import *import, const char *name)
{
	for (int i = 0; i < import->nfields; i++)
		if (strcmp(import->fields[i].name, name) == 0)
			return &import->fields[i];
	return NULL;
}

static void
AddField(Import *import, char *name, char *type, const char *file)
{
	if (import->nfields == MaxHeapAttributeNumber)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("files have more than %d fields", MaxHeapAttributeNumber),
				 errdetail("The last file that was read is \"%s\".", file),
				 errhint("Create the foreign table with the columns that you need.")));
	if (import->nfields == import->room)
	{
		import->room = Max(16, 2 * import->room);
		import->fields = import->fields == NULL ? palloc(import->room * sizeof(ImportField)) :
			repalloc(import->fields, import->room * sizeof(ImportField));
	}
	import->fields[import->nfields++] = (ImportField) {name, type, file, file, 1};
}

static void
TakeField(Import *import, const ParquetNode *node, const char *file)
{
	char	   *name = pg_any_to_server(node->name, strlen(node->name), PG_UTF8);
	char	   *type = TypeOf(node);
	ImportField *known = FindField(import, name);

	if (known == NULL)
		AddField(import, pstrdup(name), type, file);
	else if (known->last == file)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("field \"%s\" occurs more than once in file \"%s\"", name, file)));
	else if (strcmp(known->type, type) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("field \"%s\" has different types in two files", name),
				 errdetail("It is %s in \"%s\" and %s in \"%s\".", known->type, known->file, type, file),
				 errhint("Import the files that have one type with a narrower \"glob\", or create the "
						 "foreign table with a type that takes both.")));
	else
	{
		known->last = file;
		known->files++;
	}
}

/* ---- files ---- */

static void
ReadAt(void *state, char *buffer, size_t len, int64 offset)
{
	PageReadAt(state, buffer, len, offset);
}

static void
TellFile(void *arg)
{
	errcontext("file \"%s\"", (char *) arg);
}

/* Of a file, or of a member of an archive. */
static void
TakePage(Import *import, FetchedPage *page, char *name)
{
	MemoryContext caller = CurrentMemoryContext;
	ParquetFile file = {0};
	ParquetFooter *footer;

	if (page->failure != TRANSPORT_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_ELT_FILE),
				 errmsg("could not read the schema of a file: %s", page->error)));
	MemoryContextSwitchTo(page->cxt);
	file.state = page;
	file.size = PageSize(page);
	file.read = ReadAt;
	file.memory = (size_t) RecordMemory * 1024;
	footer = ParquetReadFooter(&file);
	MemoryContextSwitchTo(caller);
	for (const ParquetNode *node = footer->schema.root->first; node != NULL; node = node->next)
		TakeField(import, node, name);
	import->files++;
	PageFree(page);
}

static void
TakeFile(Import *import, char *name)
{
	ErrorContextCallback context = {error_context_stack, TellFile, name};
	TransportRequest request = {
		.method = "GET",
		.url = psprintf("file:%s", name),
		.root = import->root,
		.compression = "auto",
		.max_bytes = import->max_bytes,
	};
	Transport  *transport = TransportOpen((size_t) PageMemory * 1024);
	FetchedPage *page;

	error_context_stack = &context;
	TransportSubmit(transport, &request);
	while ((page = TransportWait(transport, -1)) != NULL)
		TakePage(import, page, page->member != NULL ? psprintf("%s: %s", name, page->member) : name);
	TransportClose(transport);
	error_context_stack = context.previous;
}

static bool
WantsDirectory(void *arg, const char *directory)
{
	return true;
}

static void
TakeFiles(Import *import)
{
	ListCell   *lc;

	foreach(lc, FileList(import->root, import->glob, WantsDirectory, NULL))
		TakeFile(import, ((ListedFile *) lfirst(lc))->name);
	if (import->files == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("no file matches \"%s\"", import->glob),
				 errdetail("Files are looked for below \"%s\".", import->root)));
	if (import->nfields == 0)
		ereport(ERROR,
				(errcode(ERRCODE_ELT_BAD_PAGE),
				 errmsg("files that match \"%s\" have no fields", import->glob)));
}

/* ---- the statement ---- */

/* A field may have a name that no column can have. */
static char *
ColumnName(const Import *import, int i)
{
	const char *name = import->fields[i].name;
	int			len = strlen(name);

	if (len == 0)
		return psprintf("column_%d", i + 1);
	if (len < NAMEDATALEN)
		return pstrdup(name);
	return psprintf("%.*s_%d", pg_mbcliplen(name, len, NAMEDATALEN - 8), name, i + 1);
}

static void
AppendColumn(StringInfo sql, const Import *import, int i)
{
	const ImportField *field = &import->fields[i];
	char	   *name = ColumnName(import, i);
	bool		renamed = strcmp(name, field->name) != 0;
	bool		optional = field->files < import->files;

	appendStringInfo(sql, "%s\n    %s %s", i > 0 ? "," : "", quote_identifier(name), field->type);
	if (!renamed && !optional)
		return;
	appendStringInfoString(sql, " OPTIONS (");
	if (renamed)
		appendStringInfo(sql, "path %s", quote_literal_cstr(field->name));
	if (optional)
		appendStringInfo(sql, "%soptional 'true'", renamed ? ", " : "");
	appendStringInfoChar(sql, ')');
}

/* What is left of the pattern: the last name in it without wildcards. */
static char *
DefaultName(const char *glob)
{
	char	   *rest = pstrdup(glob);
	char	   *slash;

	while ((slash = strrchr(rest, '/')) != NULL && strpbrk(slash, "*?[") != NULL)
		*slash = '\0';
	if (strpbrk(rest, "*?[") != NULL && slash == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("option \"table\" is required"),
				 errdetail("The pattern \"%s\" has no name for the foreign table.", glob),
				 errhint("For example: OPTIONS (glob '*.parquet', table 'sales').")));
	slash = strrchr(rest, '/');
	rest = slash != NULL ? slash + 1 : rest;
	if (strchr(rest, '.') != NULL)
		*strchr(rest, '.') = '\0';
	return rest;
}

static void
CheckOptions(List *options)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		const char *name = ((DefElem *) lfirst(lc))->defname;

		if (strcmp(name, "glob") != 0 && strcmp(name, "table") != 0)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("invalid option \"%s\"", name),
					 errhint("Valid options are \"glob\" and \"table\".")));
	}
	OptionRequire(options, "glob", "sales/*.parquet");
	if (!IsNameBeneath(OptionValue(options, "glob")))
		OptionError("glob", OptionValue(options, "glob"),
					"The pattern must stay within the server's root directory.", NULL);
}

static void
CheckServer(const ForeignServer *server)
{
	if (OptionValue(server->options, "root") == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("server \"%s\" has no option \"root\"", server->servername)));
	if (!has_privs_of_role(server->owner, ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("owner \"%s\" of server \"%s\" is not permitted to use option \"root\"",
						GetUserNameFromId(server->owner, true), server->servername),
				 errhint("A member of role \"pg_read_server_files\" may own a server with this option: "
						 "ALTER SERVER %s OWNER TO one of them.", quote_identifier(server->servername))));
}

char *
ImportParquet(const ForeignServer *server, List *options, int64 max_bytes)
{
	Import		import = {.max_bytes = max_bytes};
	const char *table;
	StringInfoData sql;

	CheckOptions(options);
	CheckServer(server);
	import.root = OptionValue(server->options, "root");
	import.glob = OptionValue(options, "glob");
	table = OptionValue(options, "table");
	if (table == NULL)
		table = DefaultName(import.glob);
	TakeFiles(&import);
	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE FOREIGN TABLE %s (", quote_identifier(table));
	for (int i = 0; i < import.nfields; i++)
		AppendColumn(&sql, &import, i);
	appendStringInfo(&sql, "\n) SERVER %s OPTIONS (glob %s, format 'parquet')",
					 quote_identifier(server->servername), quote_literal_cstr(import.glob));
	return sql.data;
}
