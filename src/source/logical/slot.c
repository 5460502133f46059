/*
 * slot.c
 *	  Look at slot, publication and table on the server before changes are read.
 */
#include "base/compat.h"
#include "source/logical/slot.h"

#include "base/sql_name.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

char *
LsnText(XLogRecPtr lsn)
{
	return psprintf("%X/%X", (uint32) (lsn >> 32), (uint32) lsn);
}

XLogRecPtr
LsnOf(const char *text)
{
	uint32		high = 0;
	uint32		low = 0;

	if (text == NULL || sscanf(text, "%X/%X", &high, &low) != 2)
		return InvalidXLogRecPtr;
	return ((XLogRecPtr) high << 32) | low;
}

/* ---- the slot ---- */

char *
SlotAgainHint(const SourceDefinition *def, bool drop)
{
	const LogicalSource *source = def->own;

	return psprintf("To load the tables again and go on from there, use%s SELECT elt.reset_pipeline(%s), "
					"then CALL elt.run(%s).",
					drop ? psprintf(" SELECT pg_drop_replication_slot(%s) on the server,",
									quote_literal_cstr(source->slot)) : "",
					quote_literal_cstr(source->pipeline), quote_literal_cstr(source->pipeline));
}

static void
CheckUsable(PgLink *link, const SourceDefinition *def, const PGresult *r)
{
	const LogicalSource *source = def->own;
	const char *plugin = PgLinkValue(r, 0, 0);
	const char *status = PgLinkValue(r, 0, 2);

	if (plugin == NULL || strcmp(plugin, "pgoutput") != 0 || !PgLinkIsTrue(r, 0, 1))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("replication slot \"%s\" of server \"%s\" is not one for logical replication of its "
						"database", source->slot, def->server_name),
				 errhint("Use another name in option \"slot\" of the foreign tables; the slot is created by "
						 "the first run.")));
	if (status != NULL && strcmp(status, "lost") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("replication slot \"%s\" of server \"%s\" has been invalidated", source->slot,
						def->server_name),
				 errdetail("The server has removed WAL that the slot still needed."),
				 errhint("%s", SlotAgainHint(def, true))));
}

SlotFacts
SlotLook(PgLink *link, const SourceDefinition *def)
{
	const LogicalSource *source = def->own;
	bool		has_status = PgLinkVersion(link) >= 130000;
	SlotFacts	slot = {false};
	PGresult   *r = PgLinkRun(link, psprintf("SELECT plugin, database = current_database(), %s,"
											 " confirmed_flush_lsn, restart_lsn FROM pg_replication_slots"
											 " WHERE slot_name = %s",
											 has_status ? "wal_status" : "NULL",
											 PgLinkLiteral(link, source->slot)));

	if (PQntuples(r) == 0)
		return slot;
	CheckUsable(link, def, r);
	slot.exists = true;
	slot.confirmed = LsnOf(PgLinkValue(r, 0, 3));
	slot.kept_from = LsnOf(PgLinkValue(r, 0, 4));
	return slot;
}

static void
ReportNoSlot(const SourceDefinition *def)
{
	const LogicalSource *source = def->own;

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("replication slot \"%s\" of server \"%s\" does not exist", source->slot,
					def->server_name),
			 errdetail("Pipeline \"%s\" has landed changes of it. It was dropped, or the server is another "
					   "one, such as a standby that was promoted.", source->pipeline),
			 errhint("%s", SlotAgainHint(def, false))));
}

static void
ReportMovedPast(const SourceDefinition *def, XLogRecPtr confirmed, XLogRecPtr from)
{
	const LogicalSource *source = def->own;

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("replication slot \"%s\" of server \"%s\" has moved past pipeline \"%s\"", source->slot,
					def->server_name, source->pipeline),
			 errdetail("The pipeline has landed changes up to %s, but those before %s cannot be read any "
					   "more.", LsnText(from), LsnText(confirmed)),
			 errhint("Each pipeline needs a slot of its own. %s", SlotAgainHint(def, true))));
}

/* A server that was restored, or a standby that had not received everything. */
static void
ReportAhead(const SourceDefinition *def, XLogRecPtr wal_end, XLogRecPtr from)
{
	const LogicalSource *source = def->own;

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("server \"%s\" is behind pipeline \"%s\"", def->server_name, source->pipeline),
			 errdetail("The pipeline has landed changes up to %s, but the WAL of the server ends at %s. It "
					   "has lost transactions that have landed here.", LsnText(from), LsnText(wal_end)),
			 errhint("%s", SlotAgainHint(def, true))));
}

void
SlotCheckPosition(const SourceDefinition *def, const SlotFacts *slot, XLogRecPtr from,
				  XLogRecPtr wal_end)
{
	if (!slot->exists)
		ReportNoSlot(def);
	if (from > wal_end)
		ReportAhead(def, wal_end, from);
	if (from < slot->confirmed)
		ReportMovedPast(def, slot->confirmed, from);
}

void
SlotWarnOfLag(const SourceDefinition *def, const SlotFacts *slot, XLogRecPtr wal_end)
{
	const LogicalSource *source = def->own;
	uint64		kept = wal_end > slot->kept_from ? wal_end - slot->kept_from : 0;

	if (!slot->exists || source->max_lag == 0 || kept <= (uint64) source->max_lag)
		return;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("replication slot \"%s\" holds %llu MB of WAL of server \"%s\"", source->slot,
					(unsigned long long) (kept / (1024 * 1024)), def->server_name),
			 errdetail("That is more than option \"max_lag\" of the server permits."),
			 errhint("Run pipeline \"%s\" more often, and look for long transactions of that server.",
					 source->pipeline)));
}

/* What people can do when the server refuses. */
static const char *
CreateHint(PgLink *link)
{
	if (strcmp(PgLinkState(link), "55000") == 0)
		return "Set wal_level = logical on the server and restart it.";
	if (strcmp(PgLinkState(link), "53400") == 0)
		return "Raise max_replication_slots of the server, or drop a slot that nobody reads.";
	if (strcmp(PgLinkState(link), "42501") == 0)
		return "Use ALTER ROLE ... REPLICATION on the server for the role of the user mapping.";
	return NULL;
}

/* May standbys of the server have it too, so that one of them can take over? */
static bool
CanFailOver(PgLink *link)
{
	return PgLinkVersion(link) >= 170000 &&
		!PgLinkIsTrue(PgLinkRun(link, "SELECT pg_is_in_recovery()"), 0, 0);
}

static char *
CreateCommand(PgLink *link, const LogicalSource *source)
{
	bool		fails_over = CanFailOver(link);

	if (source->by_sql)
		return psprintf("SELECT slot_name, lsn, NULL FROM pg_create_logical_replication_slot(%s, "
						"'pgoutput'%s)", PgLinkLiteral(link, source->slot),
						fails_over ? ", failover => true" : "");
	return psprintf("CREATE_REPLICATION_SLOT %s LOGICAL pgoutput %s", PgLinkName(link, source->slot),
					PgLinkVersion(link) < 150000 ? "EXPORT_SNAPSHOT" :
					fails_over ? "(SNAPSHOT 'export', FAILOVER)" : "(SNAPSHOT 'export')");
}

XLogRecPtr
SlotCreate(PgLink *link, const SourceDefinition *def, char **snapshot)
{
	const LogicalSource *source = def->own;
	PGresult   *r = PgLinkTry(link, CreateCommand(link, source));

	if (r == NULL)
		PgLinkReport(link, psprintf("create replication slot \"%s\"", source->slot),
					 CreateHint(link));
	*snapshot = source->by_sql ? NULL : pstrdup(PgLinkValue(r, 0, 2));
	return LsnOf(PgLinkValue(r, 0, 1));
}

/* ---- the publication ---- */

static void
ReportNotPublished(PgLink *link, const SourceDefinition *def)
{
	const LogicalSource *source = def->own;
	char	   *name = psprintf("%s.%s", PgLinkName(link, source->schema),
								PgLinkName(link, source->table));
	PGresult   *r = PgLinkRun(link, psprintf("SELECT to_regclass(%s) IS NOT NULL, EXISTS (SELECT FROM "
											 "pg_publication WHERE pubname = %s), EXISTS (SELECT FROM "
											 "pg_class WHERE oid = to_regclass(%s) AND "
											 "relpersistence = 'u')",
											 PgLinkLiteral(link, name),
											 PgLinkLiteral(link, source->publication),
											 PgLinkLiteral(link, name)));
	bool		is_unlogged = PgLinkIsTrue(r, 0, 2);
	bool		has_table = PgLinkIsTrue(r, 0, 0);
	bool		has_publication = PgLinkIsTrue(r, 0, 1);
	const char *table = quote_qualified_identifier(source->schema, source->table);
	const char *publication = quote_identifier(source->publication);

	if (!has_table)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table \"%s\" does not exist on server \"%s\"", SourceTable(source),
						def->server_name),
				 errhint("Correct option \"relation\" of foreign table \"%s\".", def->relation)));
	if (!has_publication)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("publication \"%s\" does not exist on server \"%s\"", source->publication,
						def->server_name),
				 errhint("Use CREATE PUBLICATION %s FOR TABLE %s on the server.", publication, table)));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("publication \"%s\" of server \"%s\" does not have table \"%s\"",
					source->publication, def->server_name, SourceTable(source)),
			 is_unlogged ? errdetail("The table is unlogged: its changes are not in the WAL.") : 0,
			 is_unlogged ?
			 errhint("Use ALTER TABLE %s SET LOGGED on the server.", table) :
			 errhint("Use ALTER PUBLICATION %s ADD TABLE %s on the server. A partitioned table needs "
					 "publish_via_partition_root.", publication, table)));
}

#define IDENTITY_SQL \
	"SELECT c.relreplident = 'f', a.attname FROM pg_class c" \
	" JOIN pg_namespace n ON n.oid = c.relnamespace" \
	" LEFT JOIN pg_index i ON i.indrelid = c.oid AND CASE c.relreplident" \
	" WHEN 'i' THEN i.indisreplident WHEN 'n' THEN false ELSE i.indisprimary END" \
	" LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)" \
	" WHERE n.nspname = %s AND c.relname = %s" \
	" ORDER BY array_position(i.indkey::int2[], a.attnum)"

List *
IdentityColumns(PgLink *link, const SourceDefinition *def, bool *full)
{
	const LogicalSource *source = def->own;
	List	   *columns = NIL;
	PGresult   *r = PgLinkRun(link, psprintf(IDENTITY_SQL, PgLinkLiteral(link, source->schema),
											 PgLinkLiteral(link, source->table)));

	*full = PQntuples(r) > 0 && PgLinkIsTrue(r, 0, 0);
	for (int i = 0; i < PQntuples(r); i++)
		if (PgLinkValue(r, i, 1) != NULL)
			columns = lappend(columns, pstrdup(PgLinkValue(r, i, 1)));
	return columns;
}

/* What the publication says of the table, if it has it. */
static PGresult *
RunPublished(PgLink *link, const LogicalSource *source, const char *columns)
{
	return PgLinkRun(link, psprintf("SELECT %s FROM pg_publication_tables WHERE pubname = %s AND"
									" schemaname = %s AND tablename = %s", columns,
									PgLinkLiteral(link, source->publication),
									PgLinkLiteral(link, source->schema),
									PgLinkLiteral(link, source->table)));
}

char *
PublishedRows(PgLink *link, const SourceDefinition *def)
{
	const char *condition;
	PGresult   *r;

	if (PgLinkVersion(link) < 150000)
		return NULL;
	r = RunPublished(link, def->own, "rowfilter");
	condition = PQntuples(r) == 0 ? NULL : PgLinkValue(r, 0, 0);
	return condition == NULL ? NULL : pstrdup(condition);
}

static void
ReportIdentity(const SourceDefinition *def, const char *column, bool has_identity)
{
	const LogicalSource *source = def->own;
	const char *table = quote_qualified_identifier(source->schema, source->table);

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("replica identity of table \"%s\" of server \"%s\" does not have key column \"%s\"",
					SourceTable(source), def->server_name, column),
			 errdetail("Without it, a row that is updated or deleted could not be found."),
			 has_identity ?
			 errhint("Use its columns as the key of the pipeline, or ALTER TABLE %s REPLICA IDENTITY "
					 "FULL on the server.", table) :
			 errhint("Add a primary key on the server, or use ALTER TABLE %s REPLICA IDENTITY FULL.",
					 table)));
}

static bool
HasAny(List *columns, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
		if (NamesContain(columns, lfirst(lc)))
			return true;
	return false;
}

/* Changes of rows are matched by the key of the pipeline. */
static void
CheckIdentity(PgLink *link, const SourceDefinition *def)
{
	const LogicalSource *source = def->own;
	bool		full;
	List	   *columns = IdentityColumns(link, def, &full);

	for (int i = 0; i < source->nchanges && !full; i++)
	{
		const ChangeColumn *column = &source->changes[i];

		if (column->role == CHANGE_VALUE && column->is_key && !HasAny(columns, column->names))
			ReportIdentity(def, column->name, columns != NIL);
	}
}

void
PublicationCheck(PgLink *link, const SourceDefinition *def)
{
	if (PQntuples(RunPublished(link, def->own, "")) == 0)
		ReportNotPublished(link, def);
	CheckIdentity(link, def);
}
