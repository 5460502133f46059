/*
 * change_follow.c
 *	  Follow the definition of a target in its change log, with the statement that changes it.
 *
 * A column that is added, renamed, retyped or dropped is so in the log. What an event trigger does not
 * see, since triggers can be disabled, is followed with the next change.
 */
#include "base/compat.h"
#include "change/change_follow.h"

#include "access/relation.h"
#include "base/attempt.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "change/change_view.h"
#include "change/history_as_of.h"
#include "commands/event_trigger.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(elt_follow_target);

/* Columns of the log itself, which come first, and those of its view. */
#define OWN_COLUMNS 5

static const char *const own_columns[] = {"_change_id", "_commit_id", "_change", "_change_run_id",
"_logged_at", "_change_type", "_committed_at"};

typedef struct Columns
{
	const ChangeLog *log;
	char	   *view;			/* its name, once it has been dropped */
	bool		changed;
} Columns;

void
ChangeCheckColumns(Oid target)
{
	for (int i = 0; i < lengthof(own_columns); i++)
		if (get_attnum(target, own_columns[i]) != InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_RESERVED_NAME),
					 errmsg("column name \"%s\" of table \"%s\" is reserved for its change log",
							own_columns[i], RelationLabel(target)),
					 errhint("Rename the column, or set option \"change_log\" to null.")));
}

static Form_pg_attribute
FindColumn(TupleDesc desc, int from, const char *name)
{
	for (int i = from; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
			return att;
	}
	return NULL;
}

static bool
SameType(Form_pg_attribute a, Form_pg_attribute b)
{
	return a->atttypid == b->atttypid && a->atttypmod == b->atttypmod &&
		a->attcollation == b->attcollation;
}

static TupleDesc
DescriptionOf(Oid relation)
{
	Relation	rel = RelationOpen(relation, AccessShareLock);
	TupleDesc	desc = CreateTupleDescCopy(RelationGetDescr(rel));

	relation_close(rel, NoLock);
	return desc;
}

/* Columns that a view shows cannot be changed. */
static void
DropView(Columns *c)
{
	if (c->view != NULL || get_rel_name(c->log->changes) == NULL)
		return;
	c->view = get_rel_name(c->log->changes);
	SqlExec(psprintf("DROP VIEW %s", QuotedRelation(c->log->changes)), RelationOwner(c->log->log));
}

static void
AlterLog(Columns *c, const char *action)
{
	SqlExec(psprintf("ALTER TABLE %s %s", QuotedRelation(c->log->log), action),
			RelationOwner(c->log->log));
	c->changed = true;
}

static void
DropGone(Columns *c, TupleDesc target)
{
	TupleDesc	desc = DescriptionOf(c->log->log);

	for (int i = OWN_COLUMNS; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped || FindColumn(target, 0, NameStr(att->attname)) != NULL)
			continue;
		DropView(c);
		AlterLog(c, psprintf("DROP COLUMN %s", quote_identifier(NameStr(att->attname))));
	}
}

static void
AddOrRetype(Columns *c, TupleDesc target)
{
	TupleDesc	desc = DescriptionOf(c->log->log);

	for (int i = 0; i < target->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(target, i);
		const char *name = quote_identifier(NameStr(att->attname));
		Form_pg_attribute old;

		if (att->attisdropped)
			continue;
		old = FindColumn(desc, OWN_COLUMNS, NameStr(att->attname));
		if (old == NULL)
			AlterLog(c, psprintf("ADD COLUMN %s %s", name, ColumnType(att)));
		else if (!SameType(old, att))
		{
			DropView(c);
			AlterLog(c, psprintf("ALTER COLUMN %s TYPE %s USING CAST(%s AS %s)", name,
								 ColumnType(att), name,
								 format_type_extended(att->atttypid, att->atttypmod,
													  FORMAT_TYPE_TYPEMOD_GIVEN |
													  FORMAT_TYPE_FORCE_QUALIFY)));
		}
	}
}

static void
MakeAgain(Columns *c)
{
	ChangeLog	log = *c->log;

	if (c->view != NULL)
		ChangeViewCreate(&log, c->view, true);
	else if (get_rel_name(log.changes) != NULL)
		ChangeViewExtend(&log);
	ChangeAsOfCreate(&log);
	ChangeGrantsFollow(&log);
	ChangeLogStore(&log);
}

static int
NextColumn(TupleDesc desc, int from)
{
	while (from < desc->natts && TupleDescAttr(desc, from)->attisdropped)
		from++;
	return from;
}

/* As it is nearly always: the same columns in the same order. */
static bool
IsAsTarget(TupleDesc log, TupleDesc target)
{
	int			n = NextColumn(log, OWN_COLUMNS);

	for (int i = NextColumn(target, 0); i < target->natts; i = NextColumn(target, i + 1))
	{
		Form_pg_attribute att = TupleDescAttr(target, i);

		if (n >= log->natts || !SameType(TupleDescAttr(log, n), att) ||
			strcmp(NameStr(TupleDescAttr(log, n)->attname), NameStr(att->attname)) != 0)
			return false;
		n = NextColumn(log, n + 1);
	}
	return n >= log->natts;
}

void
ChangeFollowColumns(const ChangeLog *log, TupleDesc target)
{
	Columns		c = {log};
	Relation	rel = RelationOpen(log->log, AccessShareLock);
	bool		is_as_target = IsAsTarget(RelationGetDescr(rel), target);

	relation_close(rel, NoLock);
	if (is_as_target)
		return;
	ChangeCheckColumns(log->relation);
	DropGone(&c, target);
	AddOrRetype(&c, target);
	if (c.changed)
		MakeAgain(&c);
}

/* ---- the event trigger ---- */

/* Columns, or who may read them. */
static bool
ChangesShape(const AlterTableStmt *statement)
{
	ListCell   *lc;

	foreach(lc, statement->cmds)
		switch (lfirst_node(AlterTableCmd, lc)->subtype)
		{
			case AT_AddColumn:
			case AT_DropColumn:
			case AT_AlterColumnType:
			case AT_EnableRowSecurity:
			case AT_DisableRowSecurity:
			case AT_ChangeOwner:
				return true;
			default:
				break;
		}
	return false;
}

/* Most statements, and all on partitions, concern no log. */
static bool
MayConcern(const Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_AlterTableStmt:
			return ChangesShape((const AlterTableStmt *) statement);
		case T_RenameStmt:
		case T_AlterObjectSchemaStmt:
			return true;
		default:
			return false;
	}
}

/* The old name is the only one in the log that the target no longer has. */
static void
FollowRename(const ChangeLog *log, TupleDesc target, int attnum)
{
	Form_pg_attribute att = TupleDescAttr(target, attnum - 1);
	TupleDesc	desc = DescriptionOf(log->log);
	Columns		c = {log};

	if (FindColumn(desc, OWN_COLUMNS, NameStr(att->attname)) != NULL)
		return;
	for (int i = OWN_COLUMNS; i < desc->natts; i++)
	{
		Form_pg_attribute old = TupleDescAttr(desc, i);

		if (old->attisdropped || FindColumn(target, 0, NameStr(old->attname)) != NULL)
			continue;
		DropView(&c);
		AlterLog(&c, psprintf("RENAME COLUMN %s TO %s", quote_identifier(NameStr(old->attname)),
							  quote_identifier(NameStr(att->attname))));
		break;
	}
	if (c.changed)
		MakeAgain(&c);
}

/* A table that a statement concerns, and the column that it renames, or 0. */
typedef struct Concerned
{
	Oid			table;
	int			attnum;
} Concerned;

/*
 * A statement must not fail because the log cannot follow it, for example because a view of a user
 * depends on the view of changes.
 */
static void
TryFollow(void (*follow) (void *arg), Oid table, int attnum)
{
	Concerned	concerned = {table, attnum};
	ErrorData  *error = Attempt(follow, &concerned);

	if (error == NULL)
		return;
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	ereport(WARNING,
			(errcode(error->sqlerrcode),
			 errmsg("could not adapt the change log of table \"%s\", or its function for rows as of a time, "
					"to this statement", RelationLabel(table)),
			 errdetail("%s", error->message),
			 errhint("If their columns differ, the next change of the table tries again: it fails until the "
					 "cause is removed, or option \"change_log\" of its pipeline is set to null.")));
}

/* Names of relations and schemas are in the function alone. */
static void
Follow(void *arg)
{
	Oid			relation = ((Concerned *) arg)->table;
	int			attnum = ((Concerned *) arg)->attnum;
	TupleDesc	target = DescriptionOf(relation);
	ChangeLog  *log = ChangeLogOf(relation);

	if (!ChangeLogIsThere(log))
		return;
	ChangeCheckColumns(relation);
	if (attnum > 0)
		FollowRename(log, target, attnum);
	log = ChangeLogOf(relation);
	ChangeFollowColumns(log, target);
	log = ChangeLogOf(relation);
	ChangeAsOfCreate(log);
	ChangeGrantsFollow(log);
}

static void
FollowCommands(void)
{
	Sql			q;

	SqlBegin(&q, "select d.objid, d.objsubid from pg_event_trigger_ddl_commands() d "
			 "join elt_catalog.change_log l on l.relation = d.objid "
			 "where d.classid = 'pg_class'::regclass");
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		TryFollow(Follow, DatumGetObjectId(SqlDatum(&q, i, 1, NULL)), SqlInt4(&q, i, 2, NULL));
	SqlDone(&q);
}

static void
FollowName(void *arg)
{
	ChangeAsOfCreate(ChangeLogOf(((Concerned *) arg)->table));
}

static void
FollowHistory(void *arg)
{
	HistoryAsOfFollow(((Concerned *) arg)->table);
}

static void
FollowLogGrants(void *arg)
{
	ChangeGrantsFollow(ChangeLogOf(((Concerned *) arg)->table));
}

static void
FollowHistoryGrants(void *arg)
{
	HistoryGrantsFollow(((Concerned *) arg)->table);
}

/* The name of a history is in its function, too. */
static void
FollowHistories(const char *query)
{
	ListCell   *lc;
	Sql			q;

	SqlBegin(&q, query);
	foreach(lc, SqlDoOids(&q, AsCatalog()))
		TryFollow(FollowHistory, lfirst_oid(lc), 0);
}

#define HISTORIES "select distinct p.target::oid from elt_catalog.pipeline p " \
	"join pg_class c on c.oid = p.target where p.strategy = 'scd2'"

/* The names of tables in a schema, which are in functions, change with it. */
static void
FollowSchema(Oid schema)
{
	ListCell   *lc;
	Sql			q;

	foreach(lc, ChangeLogTargets())
	{
		ChangeLog  *log = ChangeLogOf(lfirst_oid(lc));

		if (ChangeLogIsThere(log) &&
			(get_rel_namespace(log->relation) == schema || get_rel_namespace(log->log) == schema))
			TryFollow(FollowName, log->relation, 0);
	}
	SqlBegin(&q, HISTORIES);
	foreach(lc, SqlDoOids(&q, AsCatalog()))
		if (get_rel_namespace(lfirst_oid(lc)) == schema)
			TryFollow(FollowHistory, lfirst_oid(lc), 0);
}

/* Tables, or the schemas of all tables that are meant. */
static List *
NamedBy(const GrantStmt *grant)
{
	List	   *named = NIL;
	ListCell   *lc;

	foreach(lc, grant->objects)
		named = lappend_oid(named, grant->targtype == ACL_TARGET_OBJECT
							? RangeVarGetRelid(lfirst_node(RangeVar, lc), NoLock, true)
							: get_namespace_oid(strVal(lfirst(lc)), true));
	return named;
}

static bool
IsNamed(const GrantStmt *grant, List *named, Oid relation)
{
	return list_member_oid(named, grant->targtype == ACL_TARGET_OBJECT
						   ? relation : get_rel_namespace(relation));
}

static void
FollowGrants(const GrantStmt *grant)
{
	List	   *named = NamedBy(grant);
	ListCell   *lc;
	Sql			q;

	foreach(lc, ChangeLogTargets())
		if (IsNamed(grant, named, lfirst_oid(lc)))
			TryFollow(FollowLogGrants, lfirst_oid(lc), 0);
	SqlBegin(&q, HISTORIES);
	foreach(lc, SqlDoOids(&q, AsCatalog()))
		if (IsNamed(grant, named, lfirst_oid(lc)))
			TryFollow(FollowHistoryGrants, lfirst_oid(lc), 0);
}

static bool
IsGrantOnTables(const Node *statement)
{
	return IsA(statement, GrantStmt) &&
		((const GrantStmt *) statement)->objtype == OBJECT_TABLE;
}

static bool
RenamesSchema(const Node *statement)
{
	return IsA(statement, RenameStmt) &&
		((const RenameStmt *) statement)->renameType == OBJECT_SCHEMA;
}

static bool
ChangesOwner(const AlterTableStmt *statement)
{
	ListCell   *lc;

	foreach(lc, statement->cmds)
		if (lfirst_node(AlterTableCmd, lc)->subtype == AT_ChangeOwner)
			return true;
	return false;
}

/* What functions of histories depend on. */
static bool
RenamesOrGivesAway(const Node *statement)
{
	if (IsA(statement, AlterObjectSchemaStmt))
		return true;
	if (IsA(statement, AlterTableStmt))
		return ChangesOwner((const AlterTableStmt *) statement);
	return IsA(statement, RenameStmt) &&
		((const RenameStmt *) statement)->renameType == OBJECT_TABLE;
}

/* What is done here is not followed in turn. */
static void
FollowStatement(const Node *statement)
{
	static bool following = false;

	if (following)
		return;
	following = true;
	PG_TRY();
	{
		if (RenamesSchema(statement))
			FollowSchema(get_namespace_oid(((const RenameStmt *) statement)->newname, false));
		else if (IsGrantOnTables(statement))
			FollowGrants((const GrantStmt *) statement);
		else if (MayConcern(statement))
			FollowCommands();
		if (RenamesOrGivesAway(statement))
			FollowHistories("select distinct p.target::oid from elt_catalog.pipeline p "
							"join pg_event_trigger_ddl_commands() d on d.objid = p.target "
							"where p.strategy = 'scd2' and d.classid = 'pg_class'::regclass");
	}
	PG_FINALLY();
	{
		following = false;
	}
	PG_END_TRY();
}

Datum
elt_follow_target(PG_FUNCTION_ARGS)
{
	EventTriggerData *data = (EventTriggerData *) fcinfo->context;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("elt.follow_target must be called by the event trigger of pg_elt")));
	SPI_connect();
	FollowStatement(data->parsetree);
	SPI_finish();
	PG_RETURN_NULL();
}
