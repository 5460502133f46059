/*
 * pack.c
 *	  Turn the rows of a table into packed ones.
 */
#include "base/compat.h"
#include "partition/pack.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "partition/row_order.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* ---- what can be packed ---- */

/* Of a fixed size, or a number: their arrays are small, and have what the column has. */
static bool
IsMeasure(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case BOOLOID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return true;
		default:
			return false;
	}
}

static bool
IsOurName(const char *name)
{
	return strcmp(name, PACKED_FIRST) == 0 || strcmp(name, PACKED_LAST) == 0 ||
		strcmp(name, PACKED_COUNT) == 0 || strcmp(name, PACKED_STEP) == 0 ||
		strcmp(name, PACKED_TIMES) == 0;
}

static char *
WhyNot(Oid relid, const PackedShape *shape, const char *name)
{
	Oid			type = get_atttype(relid, get_attnum(relid, name));

	if (IsOurName(name))
		return psprintf("column \"%s\" has the name of a column of packed tables", name);
	if (NamesContain(shape->keys, name) || strcmp(name, shape->time) == 0 || IsMeasure(type))
		return NULL;
	return psprintf("column \"%s\" of type %s is neither in the key nor a number or a time", name,
					format_type_be(type));
}

PackedShape *
PackedShapeOf(Oid relid, const char *time, char **why)
{
	PackedShape *shape = palloc0(sizeof(PackedShape));
	Sql			q;
	ListCell   *lc;

	shape->time = pstrdup(time);
	shape->time_type = get_atttype(relid, get_attnum(relid, time));
	shape->keys = OtherKeyColumns(relid, time);
	SqlBegin(&q, "select attname::text from pg_attribute where attrelid = $1 and attnum > 0 "
			 "and not attisdropped order by attnum");
	SqlAddOid(&q, OIDOID, relid);
	*why = PackedTimeType(shape->time_type) ? NULL : "its partition column has another type";
	foreach(lc, SqlDoTexts(&q, AsCatalog()))
	{
		char	   *name = lfirst(lc);

		if (*why == NULL)
			*why = WhyNot(relid, shape, name);
		if (!NamesContain(shape->keys, name) && strcmp(name, time) != 0)
			shape->measures = lappend(shape->measures, name);
	}
	return *why == NULL ? shape : NULL;
}

PackedShape *
PackedShapeRequired(Oid relid, const char *time)
{
	char	   *why;
	PackedShape *shape = PackedShapeOf(relid, time, &why);

	if (shape == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("rows of table \"%s\" cannot be packed because %s", RelationLabel(relid), why),
				 errhint("Compress its partitions in form \"sorted\".")));
	return shape;
}

/* ---- the packed table ---- */

static char *
TypeOf(Oid relid, const char *name)
{
	Sql			q;

	SqlBegin(&q, "select format_type(a.atttypid, a.atttypmod) || coalesce((select "
			 "format(' COLLATE %I.%I', n.nspname, c.collname) from pg_collation c "
			 "join pg_namespace n on n.oid = c.collnamespace join pg_type y on y.oid = a.atttypid "
			 "where c.oid = a.attcollation and c.oid <> y.typcollation), '') "
			 "from pg_attribute a where a.attrelid = $1 and a.attname = $2");
	SqlAddOid(&q, OIDOID, relid);
	SqlAddName(&q, name);
	return SqlDoText(&q, AsCatalog());
}

static void
CreatePacked(const char *packed, Oid relid, const PackedShape *shape, Oid owner)
{
	StringInfoData create;
	const char *time = format_type_be_qualified(shape->time_type);
	ListCell   *lc;

	initStringInfo(&create);
	appendStringInfo(&create, "CREATE TABLE %s (", packed);
	foreach(lc, shape->keys)
		appendStringInfo(&create, "%s %s, ", quote_identifier(lfirst(lc)), TypeOf(relid, lfirst(lc)));
	appendStringInfo(&create, PACKED_FIRST " %s NOT NULL, " PACKED_LAST " %s NOT NULL, "
					 PACKED_COUNT " int NOT NULL, " PACKED_STEP " bigint, " PACKED_TIMES " %s[]",
					 time, time, time);
	foreach(lc, shape->measures)
		appendStringInfo(&create, ", %s %s[]", quote_identifier(lfirst(lc)),
						 TypeOf(relid, lfirst(lc)));
	appendStringInfoString(&create, ")");
	SqlExec(create.data, owner);
}

#define CHUNK CppAsString2(PACKED_ROWS)

/* The same in the unit of the packed times. */
static const char *
StepOf(const PackedShape *shape)
{
	if (shape->time_type == TIMESTAMPTZOID || shape->time_type == TIMESTAMPOID)
		return "(extract(epoch from min(elt_step) FILTER (WHERE elt_n % " CHUNK " > 0)) * 1000000)::bigint";
	return "(min(elt_step) FILTER (WHERE elt_n % " CHUNK " > 0))::bigint";
}

/* int8 keeps the difference of two numbers from leaving their type. */
static char *
Difference(const PackedShape *shape)
{
	const char *time = quote_identifier(shape->time);

	if (shape->time_type == INT2OID || shape->time_type == INT4OID)
		return psprintf("%s::bigint - lag(%s) OVER elt_w", time, time);
	return psprintf("%s - lag(%s) OVER elt_w", time, time);
}

#define IS_REGULAR \
	"(count(*) = 1 OR min(elt_step) FILTER (WHERE elt_n %% " CHUNK " > 0) = " \
	"max(elt_step) FILTER (WHERE elt_n %% " CHUNK " > 0))"

void
PackInto(const char *packed, Oid relid, const PackedShape *shape, const char *from, Oid owner)
{
	StringInfoData insert;
	char	   *time = pstrdup(quote_identifier(shape->time));
	char	   *keys = QuotedColumns(shape->keys, NULL);
	const char *comma = shape->keys == NIL ? "" : ", ";
	ListCell   *lc;

	CreatePacked(packed, relid, shape, owner);
	initStringInfo(&insert);
	appendStringInfo(&insert, "INSERT INTO %s SELECT %s%smin(%s), max(%s), count(*)::int, "
					 "CASE WHEN " IS_REGULAR " THEN coalesce(%s, 0) END, "
					 "CASE WHEN " IS_REGULAR " THEN NULL ELSE array_agg(%s ORDER BY elt_n) END",
					 packed, keys, comma, time, time, StepOf(shape), time);
	foreach(lc, shape->measures)
		appendStringInfo(&insert, ", array_agg(%s ORDER BY elt_n)", quote_identifier(lfirst(lc)));
	appendStringInfo(&insert, " FROM (SELECT *, %s AS elt_step, row_number() OVER elt_w - 1 AS elt_n "
					 "%s WINDOW elt_w AS (", Difference(shape), from);
	if (shape->keys != NIL)
		appendStringInfo(&insert, "PARTITION BY %s ", keys);
	appendStringInfo(&insert, "ORDER BY %s)) AS elt_rows GROUP BY %s%selt_n / " CHUNK " "
					 "ORDER BY %s%smin(%s)", time, keys, comma, keys, comma, time);
	SqlExec(insert.data, owner);
}

void
PackedIndex(const char *packed, const PackedShape *shape, Oid owner)
{
	SqlExec(psprintf("CREATE INDEX ON %s (%s%s" PACKED_FIRST ", " PACKED_LAST ") "
					 "WITH (fillfactor = 100)", packed, QuotedColumns(shape->keys, NULL),
					 shape->keys == NIL ? "" : ", "), owner);
}
