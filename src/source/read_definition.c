/*
 * read_definition.c
 *	  Read the definition of a source of any kind.
 */
#include "base/compat.h"
#include "source/definition.h"

#include "access/relation.h"
#include "base/sql_name.h"
#include "catalog/pg_class.h"
#include "foreign/fdwapi.h"
#include "foreign/foreign.h"
#include "source/column_options.h"
#include "source/envelope_options.h"
#include "source/event_landing.h"
#include "source/feed.h"
#include "source/kinds.h"
#include "source/options.h"
#include "source/row_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

static const SourceKind *
KindOfServer(const ForeignServer *server)
{
	return KindOfWrapper(GetForeignDataWrapper(server->fdwid)->fdwname);
}

bool
SourceIsOurs(Oid relid)
{
	return get_rel_relkind(relid) == RELKIND_FOREIGN_TABLE &&
		KindOfServer(GetForeignServer(GetForeignServerIdByRelId(relid))) != NULL;
}

bool
SourceIsStream(Oid relid)
{
	return SourceIsOurs(relid) &&
		KindOfServer(GetForeignServer(GetForeignServerIdByRelId(relid)))->feed->attach != NULL;
}

static void
ReadColumn(const SourceDefinition *def, SourceColumn *column, Form_pg_attribute att)
{
	List	   *options = OidIsValid(def->server) ?
		GetForeignColumnOptions(def->relid, att->attnum) : NIL;

	column->name = pstrdup(NameStr(att->attname));
	column->attnum = att->attnum;
	column->type = att->atttypid;
	column->typmod = att->atttypmod;
	ColumnOptionsRead(column, options);
	def->kind->read_column(column, options);
	if (def->kind->set_format != NULL)
		column->role = EventRoleOf(OptionValue(options, "lineage"));
	if (column->param == NULL)
		column->path = OptionValue(options, "path");
}

static void
ReadColumns(SourceDefinition *def)
{
	def->columns = palloc0(sizeof(SourceColumn) * Max(def->desc->natts, 1));
	for (int i = 0; i < def->desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(def->desc, i);

		if (!att->attisdropped)
			ReadColumn(def, &def->columns[def->ncolumns++], att);
	}
}

static TupleDesc
CopyRowType(Oid relid)
{
	Relation	rel = RelationOpen(relid, AccessShareLock);
	TupleDesc	desc = CreateTupleDescCopyConstr(RelationGetDescr(rel));

	relation_close(rel, NoLock);
	return desc;
}

static void
CheckNoGeneratedColumns(const SourceDefinition *def)
{
	for (int i = 0; i < def->ncolumns; i++)
		if (TupleDescAttr(def->desc, def->columns[i].attnum - 1)->attgenerated != '\0')
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("column \"%s\" of foreign table \"%s\" must not be generated",
							def->columns[i].name, def->relation),
					 errdetail("All columns are read from the data of the source.")));
}

/* Server and table of a foreign table of one of our wrappers; else NULL. */
static void
ReadOptions(SourceDefinition *def)
{
	ForeignTable *table;
	ForeignServer *server;

	if (!SourceIsOurs(def->relid))
	{
		def->kind = KindOfOthers();
		def->kind->read(def, NULL, NULL);
		return;
	}
	table = GetForeignTable(def->relid);
	server = GetForeignServer(table->serverid);
	def->server = server->serverid;
	def->server_owner = server->owner;
	def->server_name = server->servername;
	def->kind = KindOfServer(server);
	def->kind->read(def, server, table);
}

static void
ReadPipeline(SourceDefinition *def, const Pipeline *p)
{
	def->key = p->key;
	EnvelopeCheckPipeline(def, p);
	if (def->envelope != NULL)
		def->landing = EventLandingOf(p);
	if (def->kind->read_pipeline != NULL)
		def->kind->read_pipeline(def, p);
}

/* p is NULL when the relation is no pipeline's source, as in a SELECT. */
static SourceDefinition *
ReadDefinition(Oid relid, const Pipeline *p)
{
	SourceDefinition *def = palloc0(sizeof(SourceDefinition));

	def->relid = relid;
	/* its lock keeps table and server as they are */
	def->desc = p != NULL ? RowTypeOf(p) : CopyRowType(relid);
	def->relation = RelationLabel(relid);
	def->owner = RelationOwner(relid);
	ReadOptions(def);
	ReadColumns(def);
	if (p != NULL)
		ReadPipeline(def, p);
	if (OidIsValid(def->server))
		CheckNoGeneratedColumns(def);
	def->kind->check(def);
	def->kind->check_rights(def);
	return def;
}

SourceDefinition *
SourceDefinitionRead(Oid foreigntable)
{
	return ReadDefinition(foreigntable, NULL);
}

void
SourceAuthenticate(SourceDefinition *def, Oid role)
{
	if (def->kind->authenticate != NULL)
		def->kind->authenticate(def, role);
}

char *
SourceIdentity(const SourceDefinition *def)
{
	return def->kind->identity == NULL ? pstrdup("nobody") : def->kind->identity(def);
}

char *
SourceMask(const SourceDefinition *def, const char *text)
{
	if (text == NULL || def->kind->mask == NULL)
		return unconstify(char *, text);
	return def->kind->mask(def, text);
}

bool
SourceAnswersRepeat(const SourceDefinition *def)
{
	return def->kind->answers_repeat != NULL && def->kind->answers_repeat(def);
}

SourceDefinition *
SourceDefinitionOf(const Pipeline *p)
{
	PipelineCheckSource(p);
	return ReadDefinition(p->source, p);
}
