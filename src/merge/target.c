/*
 * target.c
 *	  Create the target table of a pipeline.
 */
#include "base/compat.h"
#include "merge/target.h"

#include "access/relation.h"
#include "access/xact.h"
#include "base/closest_name.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "lib/stringinfo.h"
#include "merge/reserved.h"
#include "nodes/makefuncs.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/varlena.h"

static void
CheckPartitionColumn(Oid source, List *key, const char *partition_by)
{
	if (partition_by == NULL)
		return;
	if (get_attnum(source, partition_by) <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("partition_by column \"%s\" does not exist in source \"%s\"", partition_by,
						RelationLabel(source)),
				 SourceColumnHint(partition_by, source)));
	if (key == NIL || NamesContain(key, partition_by))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("partition_by column \"%s\" is not part of the key", partition_by),
			 errdetail("The primary key of a partitioned table must include its partition column."),
			 errhint("Add it to the key, or omit partition_by.")));
}

static void
AppendColumn(StringInfo sql, Form_pg_attribute att, bool not_null)
{
	appendStringInfo(sql, "%s %s", quote_identifier(NameStr(att->attname)),
					 format_type_extended(att->atttypid, att->atttypmod,
										  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
	if (OidIsValid(att->attcollation) && att->attcollation != get_typcollation(att->atttypid))
		appendStringInfo(sql, " COLLATE %s", QuotedCollation(att->attcollation));
	appendStringInfoString(sql, not_null ? " NOT NULL, " : ", ");
}

static char *
CreateStatement(const char *target, Oid source, List *key, const char *partition_by,
				bool tombstones)
{
	Relation	rel = RelationOpen(source, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (", target);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped)
			continue;
		AppendColumn(&sql, att, NamesContain(key, NameStr(att->attname)));
	}
	relation_close(rel, NoLock);

	appendStringInfoString(&sql, "_run_id bigint, _loaded_at timestamptz");
	if (tombstones)
		appendStringInfoString(&sql, ", _deleted boolean NOT NULL DEFAULT false");
	if (key != NIL)
		appendStringInfo(&sql, ", PRIMARY KEY (%s)", QuotedColumns(key, NULL));
	appendStringInfoChar(&sql, ')');
	if (partition_by != NULL)
		appendStringInfo(&sql, " PARTITION BY RANGE (%s)", quote_identifier(partition_by));
	return sql.data;
}

/* What is there under the view's name stays: it may be somebody's own version of it. */
static void
EnsureLiveView(Oid target, Oid source, Oid owner)
{
	Relation	rel;
	TupleDesc	desc;
	StringInfoData sql;
	char	   *schema = get_namespace_name(get_rel_namespace(target));
	char	   *view = psprintf("%s_live", get_rel_name(target));

	if (strlen(view) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name of target \"%s\" is too long for view \"%s\"",
						RelationLabel(target), view)));
	if (OidIsValid(get_relname_relid(view, get_rel_namespace(target))))
		return;

	rel = RelationOpen(source, AccessShareLock);
	desc = RelationGetDescr(rel);
	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE VIEW %s AS SELECT ",
					 quote_qualified_identifier(schema, view));
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			appendStringInfo(&sql, "%s, ",
							 quote_identifier(NameStr(TupleDescAttr(desc, i)->attname)));
	appendStringInfo(&sql, "_run_id, _loaded_at FROM %s WHERE _deleted IS NOT TRUE",
					 QuotedRelation(target));
	relation_close(rel, NoLock);
	SqlExec(sql.data, owner);
}

void
TargetCreate(const char *statement, Oid owner)
{
	const char *tablespace = GetConfigOption("default_tablespace", false, false);

	SqlExec(psprintf("SET LOCAL default_tablespace = %s; %s", quote_literal_cstr(tablespace),
					 statement), owner);
}

static bool
KeyBeginsWith(List *key, List *columns)
{
	for (int i = 0; i < list_length(columns); i++)
		if (i >= list_length(key) || !NamesContain(columns, list_nth(key, i)))
			return false;
	return true;
}

/* Without them a batch that exchanges windows or scopes, or a purge, would read the whole table. */
static void
CreateIndexes(const char *target, const Pipeline *p, List *replaced_by)
{
	if (p->delete_when != NULL)
		TargetCreate(psprintf("CREATE INDEX ON %s (_loaded_at) WHERE _deleted", target), p->owner);
	if (!KeyBeginsWith(p->key, replaced_by))
		TargetCreate(psprintf("CREATE INDEX ON %s (%s)", target,
							  QuotedColumns(replaced_by, NULL)), p->owner);
}

/* A pipeline outlives sessions, and what is in these schemas comes and goes with pipelines. */
static void
CheckPlace(const char *target_name, Oid schema)
{
	static const char *const own[] = {"elt", "elt_catalog", "elt_staging"};

	if (isAnyTempNamespace(schema))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("target \"%s\" is a temporary table", target_name),
				 errdetail("A temporary table is dropped at the end of its session."),
				 errhint("Specify a permanent table with its schema.")));
	for (int i = 0; i < lengthof(own); i++)
		if (schema == get_namespace_oid(own[i], true))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("target \"%s\" is in a schema reserved by pg_elt", target_name),
					 errdetail("Schema \"%s\" contains internal objects of pg_elt.", own[i]),
					 errhint("Specify a table in another schema.")));
}

Oid
TargetFind(const char *target_name, char **quoted)
{
	RangeVar   *name = makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(target_name)));
	Oid			target = RangeVarGetRelid(name, NoLock, true);
	Oid			schema = OidIsValid(target) ? get_rel_namespace(target) :
		RangeVarGetCreationNamespace(name);

	CheckPlace(target_name, schema);
	if (OidIsValid(target))
		TargetCheckKind(target);
	*quoted = quote_qualified_identifier(get_namespace_name(schema), name->relname);
	return target;
}

static Oid
FindOrCreate(const char *target_name, const Pipeline *p, List *replaced_by)
{
	char	   *table;
	Oid			target = TargetFind(target_name, &table);

	ReservedNamesCheck(p->source);
	CheckPartitionColumn(p->source, p->key, p->partition_by);
	if (OidIsValid(target))
	{
		TargetCheck(target, p);
		return target;
	}

	TargetCreate(CreateStatement(table, p->source, p->key, p->partition_by,
								 p->delete_when != NULL), p->owner);
	CreateIndexes(table, p, replaced_by);
	return TargetFind(table, &table);
}

Oid
TargetEnsure(const char *target_name, const Pipeline *p, List *replaced_by)
{
	Oid			target = FindOrCreate(target_name, p, replaced_by);

	if (p->delete_when != NULL)
	{
		CommandCounterIncrement();
		EnsureLiveView(target, p->source, p->owner);
	}
	return target;
}

bool
TargetMayHaveRows(Oid target)
{
	bool		may_have = false;
	ListCell   *lc;

	foreach(lc, find_all_inheritors(target, AccessShareLock, NULL))
	{
		Relation	rel = RelationOpen(lfirst_oid(lc), NoLock);

		if (rel->rd_rel->relkind == RELKIND_RELATION)
			may_have = may_have || RelationGetNumberOfBlocks(rel) > 0;
		else
			may_have = may_have || rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE;
		relation_close(rel, NoLock);
	}
	return may_have;
}
