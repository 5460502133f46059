/*
 * import_tables.c
 *	  Foreign tables for the tables of a publication that have a key.
 *
 * A type that is not one of PostgreSQL's own becomes text, since this server may not have it.
 */
#include "base/compat.h"
#include "source/logical/import_tables.h"

#include "base/sql_name.h"
#include "catalog/pg_foreign_server.h"
#include "commands/defrem.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "source/kind.h"
#include "source/logical/logical_source.h"
#include "source/logical/pg_link.h"
#include "source/options.h"
#include "utils/builtins.h"

/* A row for each column, tables in order; whether the table has a key comes last. */
#define IMPORT_SQL \
	"SELECT c.relname, a.attname, CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace" \
	" THEN format_type(a.atttypid, a.atttypmod) ELSE 'text' END, c.relreplident = 'f' OR EXISTS" \
	" (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND CASE c.relreplident" \
	" WHEN 'i' THEN i.indisreplident WHEN 'd' THEN i.indisprimary END)" \
	" FROM pg_publication_tables p JOIN pg_namespace n ON n.nspname = p.schemaname" \
	" JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename" \
	" JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped" \
	" AND a.attgenerated = '' JOIN pg_type t ON t.oid = a.atttypid" \
	" WHERE p.pubname = %s AND p.schemaname = %s ORDER BY c.relname, a.attnum"

static const SourceOption import_options[] = {
	{"publication", ForeignServerRelationId, NULL, NULL},
	{"slot", ForeignServerRelationId, NULL, NULL},
};

static const OptionSet import_option_set = {
	"elt_postgres", import_options, lengthof(import_options)
};

/* The columns that say what the change was, with names that the table does not have. */
static void
AddLineage(StringInfo sql, List *columns)
{
	static const char *const lineage[][2] = {
		{"op", "text"}, {"lsn", "pg_lsn"}, {"position", "bigint"}, {"committed_at", "timestamptz"}
	};

	for (int i = 0; i < lengthof(lineage); i++)
		appendStringInfo(sql, ",\n\t%s%s %s OPTIONS (lineage '%s')", lineage[i][0],
						 NamesContain(columns, lineage[i][0]) ? "_of_change" : "", lineage[i][1],
						 lineage[i][0]);
}

static char *
CreateTable(const ForeignServer *server, const char *schema, List *options, const PGresult *r,
			int from, int to)
{
	const char *table = PgLinkValue(r, from, 0);
	List	   *columns = NIL;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE FOREIGN TABLE %s (", quote_identifier(table));
	for (int i = from; i < to; i++)
	{
		columns = lappend(columns, pstrdup(PgLinkValue(r, i, 1)));
		appendStringInfo(&sql, "%s\n\t%s %s", i > from ? "," : "",
						 quote_identifier(PgLinkValue(r, i, 1)), PgLinkValue(r, i, 2));
	}
	AddLineage(&sql, columns);
	appendStringInfo(&sql, "\n) SERVER %s OPTIONS (relation %s, publication %s, slot %s)",
					 quote_identifier(server->servername),
					 quote_literal_cstr(psprintf("%s.%s", schema, table)),
					 quote_literal_cstr(OptionValue(options, "publication")),
					 quote_literal_cstr(OptionValue(options, "slot")));
	return sql.data;
}

static void
WarnOfNoKey(const PGresult *r, int row)
{
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("table \"%s\" is left out, because it has no key", PgLinkValue(r, row, 0)),
			 errhint("Add a primary key on the server, or use ALTER TABLE ... REPLICA IDENTITY FULL.")));
}

/* The server alone: there is no table yet. */
static SourceDefinition *
DefinitionOf(const ForeignServer *server)
{
	SourceDefinition *def = palloc0(sizeof(SourceDefinition));

	def->server = server->serverid;
	def->server_owner = server->owner;
	def->server_name = server->servername;
	LogicalReadServer(def, server);
	LogicalAuthenticate(def, GetUserId());
	return def;
}

bool
ImportTables(const ForeignServer *server, const char *schema, List *options, List **statements)
{
	PgLink	   *link;
	PGresult   *r;
	int			next;

	OptionNamesCheck(&import_option_set, options, ForeignServerRelationId);
	OptionRequire(options, "publication", "elt");
	OptionRequire(options, "slot", "elt");
	link = PgLinkOpen(DefinitionOf(server), false);
	r = PgLinkRun(link, psprintf(IMPORT_SQL, PgLinkLiteral(link, OptionValue(options, "publication")),
								 PgLinkLiteral(link, schema)));
	for (int row = 0; row < PQntuples(r); row = next)
	{
		for (next = row + 1; next < PQntuples(r); next++)
			if (strcmp(PgLinkValue(r, next, 0), PgLinkValue(r, row, 0)) != 0)
				break;
		if (!PgLinkIsTrue(r, row, 3))
			WarnOfNoKey(r, row);
		else
			*statements = lappend(*statements, CreateTable(server, schema, options, r, row, next));
	}
	next = PQntuples(r);
	PgLinkClose(link);
	return next > 0;
}
