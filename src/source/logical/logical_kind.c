/*
 * logical_kind.c
 *	  The kind of source for tables of other PostgreSQL servers, by logical replication.
 */
#include "base/compat.h"
#include "source/logical/logical_source.h"

#include "base/item_list.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/explain.h"
#include EXPLAIN_FORMAT_HEADER
#include EXPLAIN_STATE_HEADER
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "source/definition_checks.h"
#include "source/kinds.h"
#include "source/logical/import_tables.h"
#include "source/logical/replication_lag.h"
#include "source/option_read.h"
#include "source/options.h"
#include "source/pull.h"
#include "source/user_mapping.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#define CONNECT_TIMEOUT_MS 10000
#define LOAD_CONNECTIONS "2"
#define MAX_LAG (INT64CONST(10) << 30)

/* Guess for the planner. */
#define ROWS_OF_TABLE 10000

/* ---- options ---- */

char *
SourceTable(const LogicalSource *source)
{
	return psprintf("%s.%s", source->schema, source->table);
}

bool
SourceReads(const LogicalSource *source, const char *column)
{
	for (int i = 0; i < source->nchanges; i++)
		if (source->changes[i].role == CHANGE_VALUE && NamesContain(source->changes[i].names, column))
			return true;
	return false;
}

char *
ChangeColumnNames(const SourceDefinition *def, List *changes)
{
	const LogicalSource *source = def->own;
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, changes)
		AppendItem(&list, ", ", "%s",
				   quote_identifier(get_attname(def->relid, source->changes[lfirst_int(lc)].attnum, false)));
	return list.data;
}

static void
ReadServer(LogicalSource *source, List *options)
{
	for (int i = 0; LibpqServerOptions[i] != NULL; i++)
	{
		char	   *value = OptionValue(options, LibpqServerOptions[i]);

		if (value != NULL)
			source->options = lappend(source->options,
									  makeDefElem(pstrdup(LibpqServerOptions[i]),
												  (Node *) makeString(pstrdup(value)), -1));
	}
	source->by_sql = strcmp(OptionText(options, "method", "replication"), "sql") == 0;
	source->allow_private = OptionBoolean(options, "allow_private", false);
	source->connect_timeout = OptionDuration(options, "connect_timeout", CONNECT_TIMEOUT_MS);
	source->load_connections = pg_strtoint32(OptionText(options, "load_connections",
														LOAD_CONNECTIONS));
	source->max_lag = OptionBytes(options, "max_lag", MAX_LAG);
}

void
LogicalReadServer(SourceDefinition *def, const ForeignServer *server)
{
	def->own = palloc0(sizeof(LogicalSource));
	ReadServer(def->own, server->options);
}

/* "orders" is that of schema public. */
static void
ReadRelation(LogicalSource *source, const char *relation)
{
	const char *dot = strchr(relation, '.');

	source->schema = dot == NULL ? pstrdup("public") : pnstrdup(relation, dot - relation);
	source->table = pstrdup(dot == NULL ? relation : dot + 1);
}

static void
Read(SourceDefinition *def, const ForeignServer *server, const ForeignTable *table)
{
	LogicalSource *source;
	char	   *relation = OptionValue(table->options, "relation");
	char	   *snapshot = OptionValue(table->options, "snapshot");

	LogicalReadServer(def, server);
	def->resumes = true;
	def->is_stream = true;
	source = def->own;
	source->publication = OptionValue(table->options, "publication");
	source->slot = OptionValue(table->options, "slot");
	if (relation == NULL || source->publication == NULL || source->slot == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("foreign table \"%s\" requires options \"relation\", \"publication\" and "
						"\"slot\"", def->relation)));
	ReadRelation(source, relation);
	source->snapshot = snapshot == NULL || strcmp(snapshot, "initial") == 0;
	source->on_truncate = OptionTruncate(table->options);
}

static void
ReadColumn(SourceColumn *column, List *options)
{
}

/* ---- columns ---- */

typedef struct RoleName
{
	const char *name;
	ChangeRole	role;
	Oid			type;
} RoleName;

static const RoleName roles[] = {
	{"op", CHANGE_OP, TEXTOID},
	{"lsn", CHANGE_LSN, LSNOID},
	{"position", CHANGE_POSITION, INT8OID},
	{"committed_at", CHANGE_COMMITTED_AT, TIMESTAMPTZOID},
	{"xid", CHANGE_XID, INT8OID},
};

static const RoleName *
FindRole(const char *lineage)
{
	for (int i = 0; i < lengthof(roles); i++)
		if (strcmp(roles[i].name, lineage) == 0)
			return &roles[i];
	return NULL;
}

bool
IsChangeRole(const char *lineage)
{
	return FindRole(lineage) != NULL;
}

static void
CheckRoleType(const SourceDefinition *def, const SourceColumn *column, const RoleName *role)
{
	if (column->type != role->type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of foreign table \"%s\" must have type %s", column->name,
						def->relation, format_type_be(role->type)),
				 errdetail("It has option lineage '%s'.", role->name)));
}

static void
ReadChange(const SourceDefinition *def, const SourceColumn *column, ChangeColumn *change)
{
	const LogicalSource *source = def->own;
	List	   *options = GetForeignColumnOptions(def->relid, column->attnum);
	char	   *lineage = OptionValue(options, "lineage");
	const RoleName *role;

	change->attnum = column->attnum;
	/* one that was renamed has another name in older changes */
	change->names = SplitItems(OptionText(options, "column_name", column->name), '|');
	change->name = linitial(change->names);
	change->is_key = NamesContain(source->key, column->name);
	change->optional = column->optional;
	if (lineage == NULL)
		return;
	role = FindRole(lineage);
	if (role == NULL)
		elog(ERROR, "unknown lineage \"%s\"", lineage);
	CheckRoleType(def, column, role);
	change->role = role->role;
}

static void
Check(SourceDefinition *def)
{
	LogicalSource *source = def->own;

	source->changes = palloc0(sizeof(ChangeColumn) * Max(def->ncolumns, 1));
	source->nchanges = def->ncolumns;
	for (int i = 0; i < def->ncolumns; i++)
		ReadChange(def, &def->columns[i], &source->changes[i]);
}

/* ---- the pipeline ---- */

static void
CheckIsIncremental(const SourceDefinition *def, const Pipeline *p)
{
	if (PipelineLoadsAll(p) || p->full_every != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("changes of source \"%s\" cannot be loaded as a whole", def->relation),
				 errhint("Omit options \"load\" and \"full_every\".")));
}

/* Of a history, versions are current. */
static char *
IsPresent(const Pipeline *p)
{
	const char *current = strcmp(p->strategy, "scd2") == 0 ? "is_current" : "true";

	if (!OidIsValid(p->target) || get_attnum(p->target, "_deleted") <= 0)
		return pstrdup(current);
	return psprintf("%s AND _deleted IS NOT TRUE", current);
}

static void
ReadPipeline(SourceDefinition *def, const Pipeline *p)
{
	LogicalSource *source = def->own;

	CheckIsIncremental(def, p);
	DefinitionCheckDeletes(def, p,
						   "Add columns with lineage 'op', 'lsn' and 'position' to the foreign table, and "
						   "use options => '{\"sequence_by\": [\"lsn\", \"position\"], \"delete_when\": "
						   "\"op = ''delete''\"}' with their names.");
	source->pipeline = p->name;
	source->owner = p->owner;
	source->key = p->key;
	source->staging = PipelineStaging(p);
	source->keeps_history = strcmp(p->strategy, "scd2") == 0;
	source->keeps_log = strcmp(p->strategy, "append") == 0;
	if (!source->keeps_log && OidIsValid(p->target))
		source->target = QuotedRelation(p->target);
	source->is_present = IsPresent(p);
	source->on_missing = p->on_missing_field;
	source->batch_rows = p->batch_rows;
	source->batch_bytes = p->batch_bytes;
	source->batch_seconds = p->batch_seconds;
}

/* ---- rights ---- */

static void
CheckRights(const SourceDefinition *def)
{
	const LogicalSource *source = def->own;

	if (source->allow_private)
		OwnerCheckReach(def, "allow_private", REACH_DETAIL);
}

void
LogicalAuthenticate(SourceDefinition *def, Oid role)
{
	LogicalSource *source = def->own;
	HeapTuple	tuple = UserMappingFind(role, def->server);
	List	   *options;

	source->needs_password = !superuser_arg(role);
	if (!HeapTupleIsValid(tuple))
		return;
	options = UserMappingOptions(tuple);
	source->user = OptionText(options, "user", NULL);
	source->password = OptionText(options, "password", NULL);
	if (!OptionBoolean(options, "password_required", true))
		source->needs_password = false;
	ReleaseSysCache(tuple);
}

static char *
Identity(const SourceDefinition *def)
{
	const LogicalSource *source = def->own;

	return pstrdup(source->user ? source->user : "nobody");
}

/* ---- for people and the planner ---- */

static char *
ParamOption(const char *name)
{
	return NULL;
}

static char *
UnknownParamHint(const char *name)
{
	return "Foreign tables of elt_postgres have no params.";
}

/* They are tables of one stream. */
static bool
IsOfTable(const char *option)
{
	return strcmp(option, "relation") == 0 || strcmp(option, "on_truncate") == 0;
}

static void
TellPage(const SourceDefinition *def, const PulledSlice *pulled,
		 const struct FetchedPage *page)
{
	errcontext("table \"%s\" of foreign table \"%s\"", SourceTable(def->own), def->relation);
}

static double
GuessRows(const SourceDefinition *def, double requests)
{
	return ROWS_OF_TABLE;
}

static void
Explain(const SourceDefinition *def, const ScanFacts *facts, ExplainState *es)
{
	ExplainPropertyText("Replicated Table", SourceTable(def->own), es);
}

const SourceKind LogicalKind = {
	.wrapper = "elt_postgres",
	.feed = &LogicalFeed,
	.page = "stream",
	.read = Read,
	.read_column = ReadColumn,
	.read_pipeline = ReadPipeline,
	.check = Check,
	.check_rights = CheckRights,
	.authenticate = LogicalAuthenticate,
	.identity = Identity,
	.import_schema = ImportTables,
	.imports = "the schemas of their database",
	.lag = ReplicationLag,
	.unknown_param_hint = UnknownParamHint,
	.is_of_table = IsOfTable,
	.param_option = ParamOption,
	.tell_page = TellPage,
	.guess_rows = GuessRows,
	.explain = Explain,
};
