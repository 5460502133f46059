/*
 * set_check.c
 *	  Parse and evaluate FOREIGN KEY ... REFERENCES and UNIQUE ... IN TARGET.
 */
#include "base/compat.h"
#include "check/set_check.h"

#include "base/sql_expression.h"
#include "base/sql_name.h"
#include "check/constraint_text.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static List *
Names(List *strings)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, strings)
		names = lappend(names, strVal(lfirst(lc)));
	return names;
}

/* ---- references ---- */

static void
pg_attribute_noreturn()
ReportNoReference(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("reference check must name the columns on both sides and nothing else"),
			 errhint("Specify FOREIGN KEY (a) REFERENCES schema.relation (b), and AS OF a column with a "
					 "time for a row that must have been valid then.")));
}

static bool
IsPlainReference(const Constraint *c)
{
	return c != NULL && c->contype == CONSTR_FOREIGN && c->conname == NULL && !c->deferrable &&
		c->pktable->relname != NULL && c->pk_attrs != NIL &&
		list_length(c->pk_attrs) == list_length(c->fk_attrs) &&
		c->fk_matchtype == FKCONSTR_MATCH_SIMPLE && c->fk_upd_action == FKCONSTR_ACTION_NOACTION &&
		c->fk_del_action == FKCONSTR_ACTION_NOACTION && !c->skip_validation;
}

static char *
ColumnNamed(const char *text)
{
	Node	   *raw = SqlExpressionParse(text);
	const ColumnRef *column = (const ColumnRef *) raw;

	if (raw == NULL || !IsA(raw, ColumnRef) || list_length(column->fields) != 1 ||
		!IsA(linitial(column->fields), String))
		ReportNoReference();
	return strVal(linitial(column->fields));
}

static SetCheck *
ParseReference(const char *text)
{
	SetCheck   *check = palloc0(sizeof(SetCheck));
	const char *as_of = LastWords(text, "as", "of");
	Constraint *constraint;

	if (as_of != NULL)
	{
		const char *of = strpbrk(as_of + strlen("as"), "oO");

		check->as_of = ColumnNamed(of + strlen("of"));
		text = pnstrdup(text, as_of - text);
	}
	constraint = ConstraintParse(text);
	if (!IsPlainReference(constraint))
		ReportNoReference();
	check->columns = Names(constraint->fk_attrs);
	check->relation = constraint->pktable;
	check->referenced = Names(constraint->pk_attrs);
	return check;
}

/* ---- uniqueness in the target ---- */

static SetCheck *
ParseUnique(const char *text)
{
	SetCheck   *check = palloc0(sizeof(SetCheck));
	Constraint *constraint = ConstraintParse(text);

	if (constraint == NULL || constraint->contype != CONSTR_UNIQUE || constraint->keys == NIL ||
		constraint->nulls_not_distinct || constraint->deferrable || constraint->including != NIL ||
		constraint->options != NIL || constraint->indexspace != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("uniqueness check must consist of column names only"),
				 errhint("Specify UNIQUE (a, b) IN TARGET.")));
	check->columns = Names(constraint->keys);
	return check;
}

SetCheck *
SetCheckParse(const char *text)
{
	bool		is_unique = BeginsWithKeyword(text, "unique");
	char	   *not_null;
	char	   *unique;
	SetCheck   *check;

	if (!is_unique && !BeginsWithKeyword(text, "foreign"))
		return NULL;
	not_null = WithoutLastWords(text, "not", "null");
	if (not_null != NULL)
		text = not_null;
	unique = is_unique ? WithoutLastWords(text, "in", "target") : NULL;
	if (is_unique && unique == NULL)
		return NULL;
	check = is_unique ? ParseUnique(unique) : ParseReference(text);
	check->null_fails = not_null != NULL;
	return check;
}

/* ---- statements ---- */

static char *
QuotedRangeVar(const RangeVar *relation)
{
	if (relation->schemaname == NULL)
		return pstrdup(quote_identifier(relation->relname));
	return psprintf("%s.%s", quote_identifier(relation->schemaname),
					quote_identifier(relation->relname));
}

char *
SetCheckText(const SetCheck *check)
{
	const char *not_null = check->null_fails ? " NOT NULL" : "";

	if (check->relation == NULL)
		return psprintf("UNIQUE (%s) IN TARGET%s", QuotedColumns(check->columns, NULL), not_null);
	return psprintf("FOREIGN KEY (%s) REFERENCES %s (%s)%s%s", QuotedColumns(check->columns, NULL),
					QuotedRangeVar(check->relation), QuotedColumns(check->referenced, NULL),
					check->as_of == NULL ? "" : psprintf(" AS OF %s", quote_identifier(check->as_of)),
					not_null);
}

/* IS NOT NULL would ask for the fields of a composite value. */
static void
AppendNotNull(StringInfo sql, const SetCheck *check)
{
	ListCell   *lc;

	foreach(lc, check->columns)
		appendStringInfo(sql, "s.%s IS DISTINCT FROM NULL AND ", quote_identifier(lfirst(lc)));
	if (check->as_of != NULL)
		appendStringInfo(sql, "s.%s IS DISTINCT FROM NULL AND ", quote_identifier(check->as_of));
}

/* A query of its own: joined by OR, the rows would be looked up one by one. */
static void
AppendNulls(StringInfo sql, const SetCheck *check, const char *what, const char *table)
{
	ListCell   *lc;

	appendStringInfo(sql, " UNION ALL SELECT %s FROM %s AS s WHERE false", what, table);
	foreach(lc, check->columns)
		appendStringInfo(sql, " OR s.%s IS NOT DISTINCT FROM NULL", quote_identifier(lfirst(lc)));
}

static void
AppendEqual(StringInfo sql, List *theirs, List *ours)
{
	ListCell   *their;
	ListCell   *our;

	forboth(their, theirs, our, ours)
		appendStringInfo(sql, "%sr.%s = s.%s", their == list_head(theirs) ? "" : " AND ",
						 quote_identifier(lfirst(their)), quote_identifier(lfirst(our)));
}

static void
AppendReferenced(StringInfo sql, const SetCheck *check)
{
	appendStringInfo(sql, "NOT EXISTS (SELECT FROM %s AS r WHERE ", QuotedRangeVar(check->relation));
	AppendEqual(sql, check->referenced, check->columns);
	if (check->as_of != NULL)
		appendStringInfo(sql, " AND s.%s >= r.valid_from AND s.%s < r.valid_to",
						 quote_identifier(check->as_of), quote_identifier(check->as_of));
	appendStringInfoChar(sql, ')');
}

/* Rows that were deleted, or versions that are past, have their values no more. */
static void
AppendInTarget(StringInfo sql, const SetCheck *check, const Pipeline *p)
{
	appendStringInfo(sql, "EXISTS (SELECT FROM %s AS r WHERE ", QuotedRelation(p->target));
	AppendEqual(sql, check->columns, check->columns);
	if (p->key != NIL)
		appendStringInfo(sql, " AND (%s) IS DISTINCT FROM (%s)", QuotedColumns(p->key, "r"),
						 QuotedColumns(p->key, "s"));
	if (get_attnum(p->target, "_deleted") > 0)
		appendStringInfoString(sql, " AND r._deleted IS NOT TRUE");
	if (strcmp(p->strategy, "scd2") == 0)
		appendStringInfoString(sql, " AND r.is_current");
	appendStringInfoChar(sql, ')');
}

char *
SetCheckSql(const SetCheck *check, const Pipeline *p, const char *what, const char *table)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s FROM %s AS s WHERE ", what, table);
	if (check->relation == NULL || !check->null_fails)
		AppendNotNull(&sql, check);
	if (check->relation != NULL)
		AppendReferenced(&sql, check);	/* null equals nothing */
	else
		AppendInTarget(&sql, check, p);
	if (check->relation == NULL && check->null_fails)
		AppendNulls(&sql, check, what, table);
	return sql.data;
}

/* They are those of a statement that nobody has written. */
static void
ForgetPosition(void *arg)
{
	errposition(0);
}

void
SetCheckVerify(const SetCheck *check, const Pipeline *p)
{
	ErrorContextCallback context = {
		.callback = ForgetPosition,
		.previous = error_context_stack
	};

	PipelineCheckSource(p);
	error_context_stack = &context;
	(void) SqlAnalyse(SetCheckSql(check, p, "1", QuotedRelation(p->source)));
	error_context_stack = context.previous;
}
