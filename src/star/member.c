/*
 * member.c
 *	  Members of a dimension that are rows of a source: their table, and its columns.
 */
#include "base/compat.h"
#include "star/member.h"

#include "access/relation.h"
#include "base/closest_name.h"
#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "base/type_equality.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "star/star_comment.h"
#include "star/star_view.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

bool
MembersKeepHistory(const Dimension *d)
{
	return d->type != 1;
}

Oid
MemberRelation(const Dimension *d)
{
	return OidIsValid(d->source) ? d->source : d->derived_from;
}

Oid
MemberTimeType(const Dimension *d)
{
	if (OidIsValid(d->members))
		return get_atttype(d->members, get_attnum(d->members, "valid_from"));
	return get_atttype(d->source, get_attnum(d->source, d->valid_from));
}

/* ---- columns ---- */

/* Has a text of this type room for the names of the fixed members? */
static bool
TakesNames(Form_pg_attribute att)
{
	if (att->atttypid == TEXTOID)
		return true;
	return att->atttypid == VARCHAROID &&
		(att->atttypmod < 0 || att->atttypmod - VARHDRSZ >= (int32) strlen("unknown"));
}

static MemberColumn *
ColumnOf(Oid relid, Form_pg_attribute att, bool is_key)
{
	MemberColumn *column = palloc0(sizeof(MemberColumn));

	column->name = pstrdup(NameStr(att->attname));
	column->quoted = quote_identifier(column->name);
	column->type = ColumnType(att);
	column->type_oid = att->atttypid;
	column->cast = ComparisonCast(att->atttypid, att->attcollation);
	column->comment = GetComment(relid, RelationRelationId, att->attnum);
	if (is_key)
		column->equals = EqualityOperator(att->atttypid);
	else
		column->named = TakesNames(att);
	return column;
}

static void
ReportNoColumn(const Dimension *d, Oid relid, const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of relation \"%s\" does not exist", column, RelationLabel(relid)),
			 errdetail("Dimension \"%s\" reads it.", d->name),
			 !OidIsValid(d->members) ? SourceColumnHint(column, relid) :
			 errhint("Rename the column back, or use elt.create_dimension with replace to define the "
					 "dimension without it.")));
}

static List *
ColumnsNamed(const Dimension *d, Oid relid, List *names, bool is_key)
{
	Relation	rel = RelationOpen(relid, AccessShareLock);
	List	   *columns = NIL;
	ListCell   *lc;

	foreach(lc, names)
	{
		AttrNumber	attno = get_attnum(relid, lfirst(lc));

		if (attno <= 0)
			ReportNoColumn(d, relid, lfirst(lc));
		columns = lappend(columns, ColumnOf(relid, TupleDescAttr(RelationGetDescr(rel), attno - 1),
											is_key));
	}
	relation_close(rel, AccessShareLock);
	return columns;
}

List *
MemberKey(const Dimension *d)
{
	return ColumnsNamed(d, OidIsValid(d->members) ? d->members : MemberRelation(d), d->natural_key, true);
}

List *
MemberSourceKey(const Dimension *d)
{
	return ColumnsNamed(d, MemberRelation(d), d->natural_key, true);
}

List *
MemberAttributes(const Dimension *d)
{
	return ColumnsNamed(d, MemberRelation(d), d->attributes, false);
}

char *
MemberMatch(List *columns, const char *left, const char *right, List *names)
{
	StringInfoData sql;
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, columns)
	{
		MemberColumn *column = lfirst(lc);
		const char *name = names == NIL ? column->quoted : quote_identifier(list_nth(names, n++));

		AppendItem(&sql, " AND ", "%s.%s %s %s.%s", left, column->quoted, column->equals, right, name);
	}
	return sql.data;
}

static char *
Comparable(List *columns, const char *alias)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, columns)
	{
		MemberColumn *column = lfirst(lc);

		AppendItem(&sql, ", ", "%s.%s%s", alias, column->quoted, column->cast);
	}
	return sql.data;
}

char *
MembersDiffer(List *columns, const char *left, const char *right)
{
	if (columns == NIL)
		return "false";
	return psprintf("(%s) IS DISTINCT FROM (%s)", Comparable(columns, left),
					Comparable(columns, right));
}

char *
AnyIsNull(List *names, const char *alias)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, names)
		AppendItem(&sql, " OR ", "%s.%s IS NULL", alias, quote_identifier(lfirst(lc)));
	return sql.data;
}

char *
MemberIsValid(const Dimension *d, const char *alias, List *names)
{
	StringInfoData columns;
	int			n = 0;
	ListCell   *lc;

	if (d->valid_when == NULL)
		return NULL;
	initStringInfo(&columns);
	foreach(lc, d->natural_key)
		AppendItem(&columns, ", ", "%s.%s AS %s", alias, quote_identifier(list_nth(names, n++)),
				   quote_identifier(lfirst(lc)));
	return psprintf("(SELECT (%s) IS NOT FALSE FROM (SELECT %s) k)", d->valid_when, columns.data);
}

char *
MemberNextKey(const Dimension *d)
{
	Sql			q;

	SqlBegin(&q, "SELECT pg_catalog.pg_get_serial_sequence($1, $2)");
	SqlAddText(&q, d->table);
	SqlAddText(&q, d->stored_key);
	return psprintf("nextval(%s::regclass)", quote_literal_cstr(SqlDoText(&q, d->role)));
}

/* ---- table ---- */

static void
AppendDefinitions(StringInfo sql, List *columns)
{
	ListCell   *lc;

	foreach(lc, columns)
	{
		MemberColumn *column = lfirst(lc);

		appendStringInfo(sql, "%s %s, ", column->quoted, column->type);
	}
}

static char *
TableStatement(const Dimension *d)
{
	const char *time_type;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (%s bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, ",
					 d->table, quote_identifier(d->stored_key));
	if (MembersKeepHistory(d))
		appendStringInfo(&sql, "%s bigint NOT NULL, ", quote_identifier(d->stored_durable));
	AppendDefinitions(&sql, MemberSourceKey(d));
	AppendDefinitions(&sql, MemberAttributes(d));
	if (MembersKeepHistory(d))
	{
		time_type = format_type_extended(MemberTimeType(d), -1, FORMAT_TYPE_FORCE_QUALIFY);
		appendStringInfo(&sql, "valid_from %s NOT NULL DEFAULT '-infinity', "
						 "valid_to %s NOT NULL DEFAULT 'infinity', "
						 "is_current boolean NOT NULL DEFAULT true, _version bigint, "
						 "_newest bigint GENERATED ALWAYS AS"
						 " (CASE WHEN is_current THEN 0 ELSE %s END) STORED, ",
						 time_type, time_type, quote_identifier(d->stored_key));
	}
	appendStringInfoString(&sql, "is_inferred boolean NOT NULL DEFAULT false, "
						   "is_deleted boolean NOT NULL DEFAULT false)");
	return sql.data;
}

/* The durable key is that of the only version. */
static char *
FixedMembersStatement(const Dimension *d, List *columns)
{
	StringInfoData names;
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&names);
	initStringInfo(&sql);
	foreach(lc, columns)
		if (((MemberColumn *) lfirst(lc))->named)
			appendStringInfo(&names, ", %s", ((MemberColumn *) lfirst(lc))->quoted);
	appendStringInfo(&sql, "INSERT INTO %s (%s%s%s%s) VALUES ", d->table,
					 quote_identifier(d->stored_key), MembersKeepHistory(d) ? ", " : "",
					 MembersKeepHistory(d) ? quote_identifier(d->stored_durable) : "", names.data);
	for (int key = MEMBER_UNKNOWN; key >= MEMBER_INVALID; key--)
	{
		appendStringInfo(&sql, "%s(%d", key < MEMBER_UNKNOWN ? ", " : "", key);
		if (MembersKeepHistory(d))
			appendStringInfo(&sql, ", %d", key);
		foreach(lc, columns)
			if (((MemberColumn *) lfirst(lc))->named)
				appendStringInfo(&sql, ", %s", quote_literal_cstr(FixedMemberName(key)));
		appendStringInfoChar(&sql, ')');
	}
	return sql.data;
}

void
MembersPinFixed(const Dimension *d)
{
	List	   *named = NIL;
	List	   *conditions = NIL;
	ListCell   *lc;

	foreach(lc, MemberSourceKey(d))
		conditions = lappend(conditions, psprintf("%s IS NULL", ((MemberColumn *) lfirst(lc))->quoted));
	foreach(lc, MemberAttributes(d))
	{
		const MemberColumn *column = lfirst(lc);

		if (column->named)
			named = lappend(named, unconstify(char *, column->quoted));
		else
			conditions = lappend(conditions, psprintf("%s IS NULL", column->quoted));
	}
	conditions = lappend(conditions, "NOT is_inferred AND NOT is_deleted");
	FixedMembersPin(d->table, quote_identifier(d->stored_key), named, conditions, d->role);
}

static char *
IndexStatement(const Dimension *d, bool unique, const char *columns)
{
	return psprintf("CREATE %sINDEX ON %s (%s)", unique ? "UNIQUE " : "", d->table, columns);
}

/*
 * One row for each member, or one with _newest = 0: what a view joins by it and no query asks for,
 * the planner leaves out. It would not by a unique index of the current versions alone.
 */
static void
CreateIndexes(const Dimension *d)
{
	const char *key = QuotedColumns(d->natural_key, NULL);

	if (!MembersKeepHistory(d))
	{
		(void) SqlExec(IndexStatement(d, true, key), d->role);
		return;
	}
	(void) SqlExec(IndexStatement(d, true, psprintf("%s, _newest", key)), d->role);
	(void) SqlExec(IndexStatement(d, true, psprintf("%s, _newest", quote_identifier(d->stored_durable))),
				   d->role);
	(void) SqlExec(IndexStatement(d, false, psprintf("%s, valid_from", key)), d->role);
}

void
MembersCreateTable(const Dimension *d)
{
	(void) SqlExec(TableStatement(d), d->role);
	(void) SqlExec(FixedMembersStatement(d, MemberAttributes(d)), d->role);
	MembersPinFixed(d);
	CreateIndexes(d);
	StarComment(psprintf("TABLE %s", d->table), psprintf("members of %s", d->view), d->role);
}

/* ---- views ---- */

/* Further attributes of another definition come last. */
static void
AppendAttributes(StringInfo sql, const Dimension *d)
{
	ListCell   *lc;

	foreach(lc, MemberAttributes(d))
	{
		MemberColumn *column = lfirst(lc);

		appendStringInfo(sql, ", d.%s", column->quoted);
		if (d->type == 6)
			appendStringInfo(sql, ", c.%s AS %s", column->quoted,
							 quote_identifier(psprintf("current_%s", column->name)));
	}
}

static char *
ViewSelect(const Dimension *d)
{
	bool		history = MembersKeepHistory(d);
	const char *durable = history ? quote_identifier(d->stored_durable) : NULL;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT d.%s", quote_identifier(d->stored_key));
	if (history)
		appendStringInfo(&sql, ", d.%s", durable);
	appendStringInfo(&sql, ", %s", QuotedColumns(d->natural_key, "d"));
	if (history)
		appendStringInfoString(&sql, ", d.valid_from, d.valid_to, d.is_current");
	appendStringInfoString(&sql, ", d.is_inferred, d.is_deleted");
	AppendAttributes(&sql, d);
	appendStringInfo(&sql, " FROM %s d", d->table);
	if (d->type == 6)
		appendStringInfo(&sql, " LEFT JOIN %s c ON c.%s = d.%s AND c._newest = 0", d->table, durable,
						 durable);
	return sql.data;
}

static char *
NewestSelect(const Dimension *d)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT d.%s, %s, d.is_inferred, d.is_deleted",
					 quote_identifier(MembersKeepHistory(d) ? d->stored_durable : d->stored_key),
					 QuotedColumns(d->natural_key, "d"));
	if (d->attributes != NIL)
		appendStringInfo(&sql, ", %s", QuotedColumns(d->attributes, "d"));
	appendStringInfo(&sql, " FROM %s d", d->table);
	if (MembersKeepHistory(d))
		appendStringInfoString(&sql, " WHERE d.is_current");
	return sql.data;
}

static void
CommentOnColumn(const Dimension *d, const char *view, const char *column, const char *comment)
{
	StarCommentOnColumn(view, column, comment, d->role);
}

static void
CommentOnMembers(const Dimension *d, const char *view, List *columns, const char *otherwise)
{
	ListCell   *lc;

	foreach(lc, columns)
	{
		MemberColumn *column = lfirst(lc);

		CommentOnColumn(d, view, column->name, column->comment != NULL ? column->comment :
						psprintf("%s of %s", otherwise, RelationLabel(MemberRelation(d))));
	}
}

static void
CommentOnBoth(const Dimension *d, const char *view)
{
	CommentOnMembers(d, view, MemberSourceKey(d), "natural key");
	CommentOnMembers(d, view, MemberAttributes(d), "attribute");
	CommentOnColumn(d, view, "is_inferred", OidIsValid(d->source) ?
					"facts have named the member, and the source does not have it yet" :
					"false: the values themselves are the member");
	CommentOnColumn(d, view, "is_deleted", "the source does not have the member any more");
}

#define FIXED_KEYS "-1 unknown, -2 missing, -3 invalid"

static void
CommentOnHistory(const Dimension *d)
{
	ListCell   *lc;

	CommentOnColumn(d, d->view, d->stored_durable, "key of the member, the same for all its versions; "
					FIXED_KEYS);
	CommentOnColumn(d, d->view, "valid_from", "when the version began");
	CommentOnColumn(d, d->view, "valid_to", "when it ended; infinity: it has not");
	CommentOnColumn(d, d->view, "is_current", "the newest version of its member");
	if (d->type != 6)
		return;
	foreach(lc, d->attributes)
		CommentOnColumn(d, d->view, psprintf("current_%s", (char *) lfirst(lc)),
						psprintf("%s of the newest version of the member", (char *) lfirst(lc)));
}

void
MembersCreateViews(const Dimension *d)
{
	bool		history = MembersKeepHistory(d);

	StarViewPut(d->schema, d->name, ViewSelect(d), d->role);
	StarViewPut(d->schema, d->newest_name, NewestSelect(d), d->role);
	StarComment(psprintf("VIEW %s", d->view),
				psprintf("grain: one %s of %s, and the members " FIXED_KEYS,
						 history ? "version" : "member", RelationLabel(MemberRelation(d))), d->role);
	StarComment(psprintf("VIEW %s", d->newest),
				psprintf("grain: one member of %s, with its newest values", d->view), d->role);
	CommentOnColumn(d, d->view, d->stored_key, "key that facts refer to; " FIXED_KEYS);
	CommentOnColumn(d, d->newest, history ? d->stored_durable : d->stored_key,
					"key of the member; " FIXED_KEYS);
	CommentOnBoth(d, d->view);
	CommentOnBoth(d, d->newest);
	if (history)
		CommentOnHistory(d);
}
