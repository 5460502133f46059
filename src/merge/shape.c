/*
 * shape.c
 *	  Columns, key and comparisons that the statements of a merge are built from.
 */
#include "base/compat.h"
#include "merge/shape.h"

#include "base/item_list.h"
#include "base/sql_name.h"
#include "base/type_equality.h"
#include "source/row_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static MergeColumn *
ColumnOf(const Pipeline *p, Form_pg_attribute att)
{
	MergeColumn *column = palloc0(sizeof(MergeColumn));

	column->name = pstrdup(quote_identifier(NameStr(att->attname)));
	column->type = ColumnType(att);
	column->hashable =
		OidIsValid(lookup_type_cache(att->atttypid,
									 TYPECACHE_HASH_EXTENDED_PROC)->hash_extended_proc);
	column->composite = type_is_rowtype(att->atttypid);
	column->key = NamesContain(p->key, NameStr(att->attname));
	column->cast = "";
	if (column->key)
		column->equals = EqualityOperator(att->atttypid);
	else
		column->cast = ComparisonCast(att->atttypid, att->attcollation);
	return column;
}

static void
ReadColumns(MergeShape *shape)
{
	TupleDesc	desc = RowTypeOf(shape->pipeline);

	for (int i = 0; i < desc->natts; i++)
	{
		MergeColumn *column;

		if (TupleDescAttr(desc, i)->attisdropped)
			continue;
		column = ColumnOf(shape->pipeline, TupleDescAttr(desc, i));
		shape->columns = lappend(shape->columns, column);
		if (!column->key)
			shape->values = lappend(shape->values, column);
	}
}

/* A source may lose a column after its pipeline was declared. */
static MergeColumn *
ColumnNamed(const MergeShape *shape, const char *name)
{
	const char *quoted = quote_identifier(name);
	ListCell   *lc;

	foreach(lc, shape->columns)
	{
		MergeColumn *column = lfirst(lc);

		if (strcmp(column->name, quoted) == 0)
			return column;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" required by pipeline \"%s\" does not exist in source \"%s\"", name,
					shape->pipeline->name, RelationLabel(shape->pipeline->source)),
			 errhint("Add it to the source, or specify its new name: SELECT "
					 "elt.alter_pipeline(%s, renamed_columns => '{\"%s\": \"...\"}').",
					 quote_literal_cstr(shape->pipeline->name), name)));
}

List *
ColumnsNamed(const MergeShape *shape, List *names)
{
	List	   *columns = NIL;
	ListCell   *lc;

	foreach(lc, names)
		columns = lappend(columns, ColumnNamed(shape, lfirst(lc)));
	return columns;
}

static void
OrderKeys(MergeShape *shape)
{
	shape->keys = ColumnsNamed(shape, shape->pipeline->key);
	shape->sequence = ColumnsNamed(shape, shape->pipeline->sequence_by);
	shape->replace_by = ColumnsNamed(shape, shape->pipeline->replace_by);
}

/* A sequence that stood still would let a row that is older than the last one pass as newer. */
static void
ChooseUpdates(MergeShape *shape)
{
	List	   *only = ColumnsNamed(shape, shape->pipeline->update_columns);
	List	   *never = ColumnsNamed(shape, shape->pipeline->insert_only_columns);
	ListCell   *lc;

	foreach(lc, shape->values)
	{
		MergeColumn *column = lfirst(lc);
		bool		orders = list_member_ptr(shape->sequence, column);

		if (orders || ((only == NIL || list_member_ptr(only, column)) &&
					   !list_member_ptr(never, column)))
			shape->updates = lappend(shape->updates, column);
	}
}

MergeShape *
SourceShape(const Pipeline *p)
{
	MergeShape *shape = palloc0(sizeof(MergeShape));

	shape->pipeline = p;
	shape->staging = PipelineStaging(p);
	ReadColumns(shape);
	OrderKeys(shape);
	ChooseUpdates(shape);
	/* a comment at its end must not take the rest of the line */
	if (p->delete_when != NULL)
		shape->deleted = psprintf("coalesce((%s%s), false)", p->delete_when,
								  strstr(p->delete_when, "--") ? "\n" : "");
	return shape;
}

void
ShapeWithout(MergeShape *shape, const char *tids)
{
	shape->staging = "staged";
	shape->without = pstrdup(tids);
}

char *
OverStaged(const MergeShape *shape, char *select)
{
	if (shape->without == NULL)
		return select;
	return psprintf("WITH %s AS (\n\tSELECT s.ctid, s.* FROM %s AS s\n"
					"\tLEFT JOIN unnest(%s::tid[]) AS w(_at) ON w._at = s.ctid\n"
					"\tWHERE w._at IS NULL\n)\nSELECT * FROM (\n%s\n) AS x", shape->staging,
					PipelineStaging(shape->pipeline), quote_literal_cstr(shape->without), select);
}

char *
ColumnList(List *columns, const char *alias)
{
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, columns)
		AppendItem(&list, ", ", "%s%s%s", alias ? alias : "", alias ? "." : "",
				   ((MergeColumn *) lfirst(lc))->name);
	return list.data;
}

char *
ColumnDefinitions(List *columns)
{
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, columns)
	{
		MergeColumn *column = lfirst(lc);

		AppendItem(&list, ", ", "%s %s", column->name, column->type);
	}
	return list.data;
}

char *
ColumnsMatch(List *columns, const char *left, const char *right)
{
	StringInfoData match;
	ListCell   *lc;

	initStringInfo(&match);
	foreach(lc, columns)
	{
		MergeColumn *column = lfirst(lc);

		AppendItem(&match, " AND ", "%s.%s %s %s.%s", left, column->name, column->equals, right,
				   column->name);
	}
	return match.data;
}

char *
KeyMatch(const MergeShape *shape, const char *left, const char *right)
{
	return ColumnsMatch(shape->keys, left, right);
}

char *
KeyAsJson(const MergeShape *shape, const char *alias)
{
	return ColumnsAsJson(shape->pipeline->key, alias);
}

char *
RowHash(List *columns, const char *alias)
{
	StringInfoData row;
	ListCell   *lc;

	initStringInfo(&row);
	foreach(lc, columns)
	{
		MergeColumn *column = lfirst(lc);

		if (column->hashable || *column->cast != '\0')
			AppendItem(&row, ", ", "%s.%s%s", alias, column->name, column->cast);
	}
	return psprintf("hash_record_extended(ROW(%s), 0)", row.data);
}

char *
Comparable(List *columns, const char *alias)
{
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, columns)
	{
		MergeColumn *column = lfirst(lc);

		AppendItem(&list, ", ", "%s%s%s%s", alias ? alias : "", alias ? "." : "", column->name,
				   column->cast);
	}
	return list.data;
}

char *
ValuesDiffer(const MergeShape *shape, const char *left, const char *right)
{
	if (shape->updates == NIL)
		return NULL;
	return psprintf("(%s) IS DISTINCT FROM (%s)", Comparable(shape->updates, left),
					Comparable(shape->updates, right));
}

static char *
TestOfNull(const MergeColumn *column, const char *alias, const char *plain,
		   const char *of_composite)
{
	return psprintf("%s%s%s %s", alias ? alias : "", alias ? "." : "", column->name,
					column->composite ? of_composite : plain);
}

char *
ColumnIsNull(const MergeColumn *column, const char *alias)
{
	return TestOfNull(column, alias, "IS NULL", "IS NOT DISTINCT FROM NULL");
}

char *
ColumnIsNotNull(const MergeColumn *column, const char *alias)
{
	return TestOfNull(column, alias, "IS NOT NULL", "IS DISTINCT FROM NULL");
}

char *
KeyIsNull(const MergeShape *shape)
{
	StringInfoData test;
	ListCell   *lc;

	initStringInfo(&test);
	foreach(lc, shape->keys)
		AppendItem(&test, " OR ", "%s", ColumnIsNull(lfirst(lc), NULL));
	return test.data;
}
