/*
 * dimension.c
 *	  Create, register and drop the view and the table of a dimension.
 */
#include "base/compat.h"
#include "star/dimension.h"

#include "base/errors.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

PG_FUNCTION_INFO_V1(elt_drop_dimension);

typedef struct FixedMember
{
	int			key;
	const char *name;
} FixedMember;

/* A key that was not found, one that the source leaves out, and one that is no valid value. */
static const FixedMember fixed_members[] = {
	{-1, "unknown"},
	{-2, "missing"},
	{-3, "invalid"},
};

static void
CheckName(const char *name, const char *suffix)
{
	if (name[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("name of a dimension must not be empty")));
	if (strlen(name) + strlen(suffix) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name of dimension \"%s\" is too long", name),
				 errdetail("Its table is named \"%s%s\", and a name has at most %d bytes.",
						   name, suffix, NAMEDATALEN - 1)));
}

/* Who drops the view by DROP VIEW leaves its table behind. */
static void
CheckIsNew(const Dimension *d, const char *suffix)
{
	Oid			schema = get_namespace_oid(d->schema, false);
	const char *stored = psprintf("%s%s", d->name, suffix);

	if (OidIsValid(get_relname_relid(d->name, schema)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s.%s\" already exists", d->schema, d->name),
				 errhint("Specify another name, or drop a dimension with elt.drop_dimension.")));
	if (OidIsValid(get_relname_relid(stored, schema)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s.%s\" already exists", d->schema, stored),
				 errdetail("It would be the table of dimension \"%s\".", d->name),
				 errhint("Specify another name, or drop the table if it remains of a dimension whose "
						 "view was dropped.")));
}

Dimension *
DimensionNew(const char *kind, const char *name, const char *suffix)
{
	RangeVar   *view = makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(name)));
	Dimension  *d = palloc0(sizeof(Dimension));

	CheckName(view->relname, suffix);
	d->kind = kind;
	d->schema = get_namespace_name(RangeVarGetCreationNamespace(view));
	d->name = view->relname;
	d->view = quote_qualified_identifier(d->schema, d->name);
	d->table = quote_qualified_identifier(d->schema, psprintf("%s%s", d->name, suffix));
	d->role = GetUserId();
	CheckIsNew(d, suffix);
	return d;
}

Dimension *
DimensionOf(Oid relation)
{
	Dimension  *d = NULL;
	Sql			q;
	bool		isnull;

	SqlBegin(&q, "select kind, stored::oid, fiscal_start_month, calendar, locale, step, created_by"
			 " from elt_catalog.dimension where relation = $1"
			 " and exists (select from pg_catalog.pg_class where oid = stored)");
	SqlAddOid(&q, REGCLASSOID, relation);
	if (SqlRun(&q, AsCatalog()) == 1)
	{
		d = palloc0(sizeof(Dimension));
		d->kind = SqlText(&q, 0, 1);
		d->schema = get_namespace_name(get_rel_namespace(relation));
		d->name = get_rel_name(relation);
		d->view = QuotedRelation(relation);
		d->table = QuotedRelation(DatumGetObjectId(SqlDatum(&q, 0, 2, NULL)));
		d->fiscal_start_month = SqlInt4(&q, 0, 3, &isnull);
		d->calendar = SqlText(&q, 0, 4);
		d->locale = SqlText(&q, 0, 5);
		d->step = SqlInterval(&q, 0, 6);
		d->role = DatumGetObjectId(SqlDatum(&q, 0, 7, NULL));
	}
	SqlDone(&q);
	return d;
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
	for (int m = 0; m < lengthof(fixed_members); m++)
	{
		appendStringInfo(&sql, "%s(%d", m ? ", " : "", fixed_members[m].key);
		for (int i = 1; i < n; i++)
			appendStringInfo(&sql, ", %s", columns[i].named ?
							 quote_literal_cstr(fixed_members[m].name) : "NULL");
		appendStringInfoChar(&sql, ')');
	}
	(void) SqlExec(sql.data, d->role);
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
CommentOn(const Dimension *d, const char *object, const char *comment)
{
	(void) SqlExec(psprintf("COMMENT ON %s IS %s", object, quote_literal_cstr(comment)), d->role);
}

static void
CommentOnColumns(const Dimension *d, const DimensionColumn *columns, int n)
{
	for (int i = 0; i < n; i++)
		CommentOn(d, psprintf("COLUMN %s.%s", d->view, columns[i].name), columns[i].comment);
}

void
DimensionCreate(const Dimension *d, const DimensionColumn *columns, int ncolumns,
				const DimensionColumn *more, int nmore, const char *grain)
{
	CreateTable(d, columns, ncolumns);
	InsertFixedMembers(d, columns, ncolumns);
	CreateView(d, more, nmore);
	CommentOn(d, psprintf("TABLE %s", d->table), psprintf("members of %s", d->view));
	CommentOn(d, psprintf("VIEW %s", d->view), grain);
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

Oid
DimensionRegister(const Dimension *d)
{
	RangeVar   *view = makeRangeVar(d->schema, d->name, -1);
	Oid			relation = RangeVarGetRelid(view, NoLock, false);
	Sql			q;

	SqlBegin(&q, "insert into elt_catalog.dimension (relation, kind, stored, fiscal_start_month,"
			 " calendar, locale, step, created_by)"
			 " values ($1, $2, $3::regclass, nullif($4, 0), $5, $6, $7, $8)");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddText(&q, d->kind);
	SqlAddText(&q, d->table);
	SqlAddInt4(&q, d->fiscal_start_month);
	SqlAddText(&q, d->calendar);
	SqlAddText(&q, d->locale);
	SqlAddInterval(&q, d->step);
	SqlAddOid(&q, REGROLEOID, d->role);
	SqlDo(&q, AsCatalog());
	return relation;
}

/* ---- drop ---- */

static void
ReportNoDimension(Oid relation, bool if_exists)
{
	if (!if_exists)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("\"%s\" is not a dimension", RelationLabel(relation)),
				 errhint("Use SELECT * FROM elt.dimensions to list all dimensions.")));
	ereport(NOTICE, (errmsg("\"%s\" is not a dimension, skipping", RelationLabel(relation))));
}

static void
Forget(Oid relation)
{
	Sql			q;

	SqlBegin(&q, "delete from elt_catalog.dimension where relation = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlDo(&q, AsCatalog());
}

Datum
elt_drop_dimension(PG_FUNCTION_ARGS)
{
	Oid			relation = PG_GETARG_OID(0);
	Dimension  *d;
	char	   *label;

	RequireArg(fcinfo, 0, "relation");
	RequireArg(fcinfo, 1, "if_exists");
	label = RelationLabel(relation);
	SPI_connect();
	d = DimensionOf(relation);
	if (d == NULL)
		ReportNoDimension(relation, PG_GETARG_BOOL(1));
	else
	{
		DimensionCheckMayChange(d);
		Forget(relation);
		(void) SqlExec(psprintf("DROP VIEW %s; DROP TABLE %s", d->view, d->table), GetUserId());
	}
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text(label));
}
