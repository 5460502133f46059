/*
 * unique.c
 *	  Parse and evaluate UNIQUE (a, b) as in a table constraint.
 */
#include "base/compat.h"
#include "check/unique.h"

#include "base/closest_name.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "check/constraint_text.h"
#include "check/set_check.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static bool
IsPlainUnique(const Constraint *c)
{
	return c != NULL && c->contype == CONSTR_UNIQUE && c->keys != NIL && !c->deferrable &&
		c->including == NIL && c->options == NIL && c->indexname == NULL &&
		c->indexspace == NULL;
}

UniqueCheck *
UniqueCheckParse(const char *text)
{
	UniqueCheck *unique;
	Constraint *constraint;
	char	   *not_null;
	ListCell   *lc;

	if (!BeginsWithKeyword(text, "unique") || SetCheckParse(text) != NULL)
		return NULL;
	not_null = WithoutLastWords(text, "not", "null");
	constraint = ConstraintParse(not_null ? not_null : text);
	if (!IsPlainUnique(constraint) || (not_null && constraint->nulls_not_distinct))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("uniqueness check must consist of column names only"),
				 errhint("Specify UNIQUE (a, b), UNIQUE NULLS NOT DISTINCT (a, b) or UNIQUE (a, b) "
						 "NOT NULL.")));
	unique = palloc0(sizeof(UniqueCheck));
	unique->null_fails = not_null != NULL;
	unique->nulls_equal = constraint->nulls_not_distinct;
	foreach(lc, constraint->keys)
		unique->columns = lappend(unique->columns, strVal(lfirst(lc)));
	return unique;
}

static void
CheckColumn(const char *column, Oid source)
{
	AttrNumber	attnum = get_attnum(source, column);
	Oid			type;

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" does not exist in source \"%s\"", column,
						get_rel_name(source)),
				 SourceColumnHint(column, source)));
	type = getBaseType(get_atttype(source, attnum));
	if (!OidIsValid(lookup_type_cache(type, TYPECACHE_LT_OPR)->lt_opr))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("could not identify an equality operator for type %s of column \"%s\"",
						format_type_be(type), column)));
}

void
UniqueCheckVerify(const UniqueCheck *unique, Oid source)
{
	ListCell   *lc;

	foreach(lc, unique->columns)
		CheckColumn(lfirst(lc), source);
}

/* IS NOT NULL would ask for the fields of a composite value. */
char *
UniqueCheckNotNull(const UniqueCheck *unique)
{
	StringInfoData test;
	ListCell   *lc;

	initStringInfo(&test);
	appendStringInfoString(&test, "true");
	if (!unique->nulls_equal)
		foreach(lc, unique->columns)
			appendStringInfo(&test, " AND %s IS DISTINCT FROM NULL", quote_identifier(lfirst(lc)));
	return test.data;
}

char *
UniqueCheckNull(const UniqueCheck *unique)
{
	StringInfoData test;
	ListCell   *lc;

	initStringInfo(&test);
	foreach(lc, unique->columns)
		appendStringInfo(&test, "%s%s IS NOT DISTINCT FROM NULL", test.len > 0 ? " OR " : "",
						 quote_identifier(lfirst(lc)));
	return test.data;
}

char *
UniqueCheckSql(const UniqueCheck *unique, const char *staging)
{
	return psprintf("SELECT r.tid FROM (SELECT ctid AS tid, row_number() OVER "
					"(PARTITION BY %s ORDER BY ctid) AS n FROM %s WHERE %s) AS r "
					"WHERE r.n > 1",
					QuotedColumns(unique->columns, NULL), staging, UniqueCheckNotNull(unique));
}
