/*
 * dimension.c
 *	  Create the view and the table of a dimension, and keep its definition.
 */
#include "base/compat.h"
#include "star/dimension.h"

#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "star/star_comment.h"
#include "star/star_name.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

Dimension *
DimensionNew(const char *kind, const char *name, const char *suffix)
{
	StarName   *view = StarNameOf("dimension", name);
	Dimension  *d = palloc0(sizeof(Dimension));

	StarNameCheckNew(view, "dimension", &suffix, suffix[0] == '\0' ? 0 : 1, false);
	d->kind = kind;
	d->schema = view->schema;
	d->name = view->name;
	d->view = StarRelation(view, "");
	d->table = StarRelation(view, suffix);
	d->role = GetUserId();
	return d;
}

/* ---- definitions ---- */

static void
ReadMembers(Dimension *d, Sql *q)
{
	Oid			newest = DatumGetObjectId(SqlDatum(q, 0, 8, NULL));
	bool		isnull;

	d->newest = QuotedRelation(newest);
	d->newest_name = get_rel_name(newest);
	d->source = DatumGetObjectId(SqlDatum(q, 0, 9, &isnull));
	if (isnull)
		d->source = InvalidOid;
	d->derived_from = DatumGetObjectId(SqlDatum(q, 0, 10, &isnull));
	if (isnull)
		d->derived_from = InvalidOid;
	d->type = SqlInt4(q, 0, 11, NULL);
	d->natural_key = SqlTextArray(q, 0, 12);
	d->attributes = SqlTextArray(q, 0, 13);
	d->valid_from = SqlText(q, 0, 14);
	d->valid_to = SqlText(q, 0, 15);
	d->valid_when = SqlText(q, 0, 16);
	d->hierarchies = SqlText(q, 0, 17);
}

/*
 * Keys are the first columns of the view and of the table. They were named by them, and keep their names when
 * the view is renamed.
 */
static void
NameKeys(Dimension *d)
{
	d->stored_key = get_attname(d->members, 1, false);
	d->key = get_attname(d->relation, 1, false);
	if (strcmp(d->kind, "source") != 0 || d->type == 1)
		return;
	d->stored_durable = get_attname(d->members, 2, false);
	d->durable = get_attname(d->relation, 2, false);
}

Dimension *
DimensionOf(Oid relation)
{
	Dimension  *d = NULL;
	Sql			q;
	bool		isnull;

	SqlBeginKept(&q, "select b.kind, b.stored::oid, b.fiscal_start_month, b.calendar, b.locale, b.step,"
				 " d.created_by, b.newest::oid, b.source::oid, b.derived_from::oid, b.type,"
				 " b.natural_key, b.attributes, b.valid_from, b.valid_to, b.valid_when, b.hierarchies,"
				 " d.kind = 'role', b.relation::oid"
				 " from elt_catalog.dimension d"
				 " join elt_catalog.dimension b on b.relation = coalesce(d.base, d.relation)"
				 " join pg_catalog.pg_class c on c.oid = d.relation"
				 " join pg_catalog.pg_class n on n.oid = b.relation"
				 " join pg_catalog.pg_class s on s.oid = b.stored where d.relation = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	if (SqlRun(&q, AsCatalog()) == 1)
	{
		d = palloc0(sizeof(Dimension));
		d->kind = SqlText(&q, 0, 1);
		d->relation = relation;
		d->schema = get_namespace_name(get_rel_namespace(relation));
		d->name = get_rel_name(relation);
		d->view = QuotedRelation(relation);
		d->members = DatumGetObjectId(SqlDatum(&q, 0, 2, NULL));
		d->table = QuotedRelation(d->members);
		d->fiscal_start_month = SqlInt4(&q, 0, 3, &isnull);
		d->calendar = SqlText(&q, 0, 4);
		d->locale = SqlText(&q, 0, 5);
		d->step = SqlInterval(&q, 0, 6);
		d->role = DatumGetObjectId(SqlDatum(&q, 0, 7, NULL));
		d->is_role = SqlBool(&q, 0, 18);
		d->base = DatumGetObjectId(SqlDatum(&q, 0, 19, NULL));
		if (strcmp(d->kind, "source") == 0)
			ReadMembers(d, &q);
		NameKeys(d);
	}
	SqlDone(&q);
	return d;
}

Dimension *
DimensionNamed(Oid relation)
{
	Dimension  *d = DimensionOf(relation);

	if (d == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("\"%s\" is not a dimension", RelationLabel(relation)),
				 errhint("Use SELECT * FROM elt.dimensions to list all dimensions.")));
	return d;
}

List *
DimensionsFound(Sql *q)
{
	List	   *dimensions = NIL;
	ListCell   *lc;

	foreach(lc, SqlDoOids(q, AsCatalog()))
	{
		Dimension  *d = DimensionOf(lfirst_oid(lc));

		if (d != NULL)
			dimensions = lappend(dimensions, d);
	}
	return dimensions;
}

List *
DimensionsAll(void)
{
	Sql			q;

	SqlBegin(&q, "select relation::oid from elt_catalog.dimension order by 1");
	return DimensionsFound(&q);
}

List *
DimensionRoles(Oid base)
{
	Sql			q;

	SqlBegin(&q, "select relation::oid from elt_catalog.dimension where base = $1 order by 1");
	SqlAddOid(&q, REGCLASSOID, base);
	return DimensionsFound(&q);
}

void
DimensionCheckMayChange(const Dimension *d)
{
	if (!MayActFor(d->role, false))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for dimension \"%s.%s\"", d->schema, d->name),
				 errhint("It can be changed by role \"%s\", which created it.",
						 GetUserNameFromId(d->role, false))));
}

/* ---- creation ---- */

static void
CreateTable(const Dimension *d, const DimensionColumn *columns, int n)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (", d->table);
	for (int i = 0; i < n; i++)
		appendStringInfo(&sql, "%s%s %s", i ? ", " : "", columns[i].name, columns[i].type);
	appendStringInfoChar(&sql, ')');
	(void) SqlExec(sql.data, d->role);
}

/* The key is the first column. */
static void
InsertFixedMembers(const Dimension *d, const DimensionColumn *columns, int n)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s VALUES ", d->table);
	for (int key = MEMBER_UNKNOWN; key >= MEMBER_INVALID; key--)
	{
		appendStringInfo(&sql, "%s(%d", key < MEMBER_UNKNOWN ? ", " : "", key);
		for (int i = 1; i < n; i++)
			appendStringInfo(&sql, ", %s", columns[i].named ?
							 quote_literal_cstr(FixedMemberName(key)) : "NULL");
		appendStringInfoChar(&sql, ')');
	}
	(void) SqlExec(sql.data, d->role);
}

static void
PinFixedMembers(const Dimension *d, const DimensionColumn *columns, int n)
{
	List	   *named = NIL;
	List	   *nulls = NIL;

	for (int i = 1; i < n; i++)
		if (columns[i].named)
			named = lappend(named, unconstify(char *, columns[i].name));
		else
			nulls = lappend(nulls, psprintf("%s IS NULL", columns[i].name));
	FixedMembersPin(d->table, columns[0].name, named, nulls, d->role);
}

static void
CreateView(const Dimension *d, const DimensionColumn *more, int n)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE VIEW %s AS SELECT d.*", d->view);
	for (int i = 0; i < n; i++)
		appendStringInfo(&sql, ", %s AS %s", more[i].value, more[i].name);
	appendStringInfo(&sql, " FROM %s d", d->table);
	(void) SqlExec(sql.data, d->role);
}

static void
CommentOnColumns(const Dimension *d, const DimensionColumn *columns, int n)
{
	for (int i = 0; i < n; i++)
		StarCommentOnColumn(d->view, columns[i].name, columns[i].comment, d->role);
}

void
DimensionCreate(const Dimension *d, const DimensionColumn *columns, int ncolumns,
				const DimensionColumn *more, int nmore, const char *grain)
{
	CreateTable(d, columns, ncolumns);
	InsertFixedMembers(d, columns, ncolumns);
	PinFixedMembers(d, columns, ncolumns);
	CreateView(d, more, nmore);
	StarComment(psprintf("TABLE %s", d->table), psprintf("members of %s", d->view), d->role);
	StarComment(psprintf("VIEW %s", d->view), grain, d->role);
	CommentOnColumns(d, columns, ncolumns);
	CommentOnColumns(d, more, nmore);
}

void
DimensionAppendInsert(StringInfo sql, const Dimension *d, const DimensionColumn *columns,
					  int ncolumns)
{
	appendStringInfo(sql, "INSERT INTO %s AS t SELECT ", d->table);
	for (int i = 0; i < ncolumns; i++)
		appendStringInfo(sql, "%s%s", i ? ", " : "", columns[i].value);
}

void
DimensionAddKeys(const Dimension *d, const DimensionColumn *columns)
{
	(void) SqlExec(psprintf("ALTER TABLE %s ADD PRIMARY KEY (%s), ADD UNIQUE (%s)",
							d->table, columns[0].name, columns[1].name), d->role);
}

static void
AddMembers(Sql *q, const Dimension *d)
{
	SqlAddText(q, d->newest);
	SqlAddOid(q, REGCLASSOID, d->source);
	SqlAddOid(q, REGCLASSOID, d->derived_from);
	SqlAddInt4(q, d->type);
	SqlAddTextArray(q, d->natural_key);
	SqlAddTextArray(q, d->attributes);
	SqlAddText(q, d->valid_from);
	SqlAddText(q, d->valid_to);
	SqlAddText(q, d->valid_when);
	SqlAddJsonb(q, d->hierarchies);
}

Oid
DimensionRegister(const Dimension *d)
{
	RangeVar   *view = makeRangeVar(d->schema, d->name, -1);
	Oid			relation = RangeVarGetRelid(view, NoLock, false);
	Sql			q;

	SqlBegin(&q, "insert into elt_catalog.dimension (relation, kind, stored, fiscal_start_month,"
			 " calendar, locale, step, created_by, newest, source, derived_from, type,"
			 " natural_key, attributes, valid_from, valid_to, valid_when, hierarchies)"
			 " values ($1, $2, $3::regclass, nullif($4, 0), $5, $6, $7, $8, $9::regclass, $10, $11,"
			 " nullif($12, 0), $13, $14, $15, $16, $17, $18)"
			 " on conflict (relation) do update set attributes = excluded.attributes,"
			 " valid_from = excluded.valid_from, valid_to = excluded.valid_to,"
			 " valid_when = excluded.valid_when, hierarchies = excluded.hierarchies,"
			 " source = excluded.source, derived_from = excluded.derived_from");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddText(&q, d->kind);
	SqlAddText(&q, d->table);
	SqlAddInt4(&q, d->fiscal_start_month);
	SqlAddText(&q, d->calendar);
	SqlAddText(&q, d->locale);
	SqlAddInterval(&q, d->step);
	SqlAddOid(&q, REGROLEOID, d->role);
	AddMembers(&q, d);
	SqlDo(&q, AsCatalog());
	return relation;
}
