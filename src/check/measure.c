/*
 * measure.c
 *	  Parse and verify measures of batches, and write the statements that evaluate them.
 */
#include "base/compat.h"
#include "check/measure.h"

#include "access/relation.h"
#include "base/identity.h"
#include "base/item_list.h"
#include "base/sql_expression.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* What is compared with earlier batches, if not said otherwise. */
#define DEFAULT_BATCHES 100
#define DEFAULT_PSI_BATCHES 10
#define MAX_BATCHES 1000

/* ---- form ---- */

static Node *
ParseExpression(const char *text)
{
	Node	   *raw = SqlExpressionParse(text);

	if (raw == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("measure must be a single expression"),
				 errhint("Specify aggregates of the columns of the batch, or a query in parentheses.")));
	return raw;
}

static MeasureForm
FormOf(const Node *raw)
{
	const FuncCall *call = (const FuncCall *) raw;
	const char *name;

	if (!IsA(raw, FuncCall) || list_length(call->funcname) != 1)
		return MEASURE_VALUE;
	name = strVal(linitial(call->funcname));
	if (strcmp(name, "deviation") == 0)
		return MEASURE_DEVIATION;
	return strcmp(name, "psi") == 0 ? MEASURE_PSI : MEASURE_VALUE;
}

static int
BatchesOf(const FuncCall *call, MeasureForm form)
{
	const A_Const *number;

	if (list_length(call->args) < 2)
		return form == MEASURE_PSI ? DEFAULT_PSI_BATCHES : DEFAULT_BATCHES;
	number = lsecond(call->args);
	if (list_length(call->args) > 2 || !IsA(number, A_Const) || number->isnull ||
		!IsA(&number->val, Integer) || intVal(&number->val) < 1 ||
		intVal(&number->val) > MAX_BATCHES)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("number of batches must be an integer constant between 1 and %d", MAX_BATCHES)));
	return intVal(&number->val);
}

/* The text between the parenthesis of a call and the end of its first argument. */
static char *
FirstArgument(const char *text, const FuncCall *call)
{
	const char *begin = strchr(text + call->location, '(') + 1;
	const char *end = text + strlen(text);

	if (list_length(call->args) > 1)
		end = text + ((const A_Const *) lsecond(call->args))->location;
	while (end > begin && *end != (list_length(call->args) > 1 ? ',' : ')'))
		end--;
	return pnstrdup(begin, end - begin);
}

Measure *
MeasureParse(const char *text)
{
	Measure    *measure = palloc0(sizeof(Measure));
	Node	   *raw = ParseExpression(text);
	const FuncCall *call = (const FuncCall *) raw;

	measure->form = FormOf(raw);
	measure->expression = pstrdup(text);
	if (measure->form == MEASURE_VALUE)
		return measure;
	if (call->args == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("measure \"%s\" requires an expression", strVal(linitial(call->funcname)))));
	measure->batches = BatchesOf(call, measure->form);
	measure->expression = FirstArgument(text, call);
	(void) ParseExpression(measure->expression);
	return measure;
}

/* ---- statements ---- */

static char *
Fractions(void)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < MEASURE_QUANTILES; i++)
		AppendItem(&list, ",", "%g", (i + 0.5) / MEASURE_QUANTILES);
	return list.data;
}

/* A newline ends a comment that an expression may end with. */
char *
MeasureColumn(const Measure *m)
{
	if (m->form != MEASURE_PSI)
		return psprintf("trim_scale((%s\n)::numeric)::text", m->expression);
	return psprintf("json_build_object('rows', count((%s\n)::float8), 'quantiles', "
					"percentile_disc('{%s}'::float8[]) WITHIN GROUP (ORDER BY (%s\n)::float8))::text",
					m->expression, Fractions(), m->expression);
}

static void
AppendColumns(StringInfo columns, StringInfo types, Oid source)
{
	Relation	rel = RelationOpen(source, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped)
			continue;
		AppendItem(columns, ", ", "%s", quote_identifier(NameStr(att->attname)));
		AppendItem(types, ", ", "(%s, %s)", quote_literal_cstr(NameStr(att->attname)),
				   quote_literal_cstr(format_type_with_typemod(att->atttypid, att->atttypmod)));
	}
	relation_close(rel, NoLock);
}

char *
BatchRelation(const Pipeline *p, const char *table)
{
	StringInfoData columns;
	StringInfoData types;

	initStringInfo(&columns);
	initStringInfo(&types);
	AppendColumns(&columns, &types, p->source);
	return psprintf("WITH batch AS NOT MATERIALIZED (SELECT %s FROM %s), "
					"batch_columns (column_name, data_type) AS (VALUES %s) ",
					columns.data, table, types.data);
}

/* ---- verification ---- */

typedef struct Candidate
{
	const Pipeline *pipeline;
	const char *check_name;
	const char *text;			/* of the user, or the part of it that is used */
	int			before;			/* characters of the statement before the text */
} Candidate;

static void
ExplainError(void *arg)
{
	const Candidate *c = arg;

	if (geterrposition() > c->before)
		errposition(geterrposition() - c->before);
	ErrorIsInText(c->text);
	if (geterrcode() == ERRCODE_UNDEFINED_FUNCTION || geterrcode() == ERRCODE_UNDEFINED_TABLE)
		errhint("Checks are evaluated with search_path set to pg_catalog. Schema-qualify your own "
				"functions and tables; the staged rows are relation \"batch\".");
	errcontext("check \"%s\" of pipeline \"%s\"", c->check_name, c->pipeline->name);
}

static void
CheckIsNumber(const Query *query)
{
	Oid			type = exprType((Node *) linitial_node(TargetEntry, query->targetList)->expr);

	if (TypeCategory(getBaseType(type)) != TYPCATEGORY_NUMERIC)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("measure must be a number, but is of type %s", format_type_be(type)),
				 errhint("Use extract(epoch FROM ...) for times, and count(*) FILTER (WHERE ...) "
						 "for conditions.")));
}

static void
AnalyseMeasure(void *arg)
{
	Candidate  *c = arg;
	Measure    *measure = MeasureParse(c->text);
	bool		of_rows = measure->form == MEASURE_PSI;
	char	   *begin;
	Query	   *query;

	PipelineCheckSource(c->pipeline);
	begin = psprintf("%sSELECT (", BatchRelation(c->pipeline, QuotedRelation(c->pipeline->source)));
	c->text = measure->expression;
	c->before = pg_mbstrlen(begin);
	query = SqlAnalyse(psprintf("%s%s\n) FROM batch%s", begin, c->text,
								of_rows ? "" : " HAVING true"));
	CheckIsNumber(query);
	if (of_rows && query->hasAggs)
		ereport(ERROR,
				(errcode(ERRCODE_GROUPING_ERROR),
				 errmsg("psi requires an expression over single rows")));
}

void
MeasureVerify(const Pipeline *p, const char *check_name, const char *text)
{
	Candidate	c = {p, check_name, text};
	ErrorContextCallback context = {
		.callback = ExplainError,
		.arg = &c,
		.previous = error_context_stack
	};

	error_context_stack = &context;
	RunAs(p->owner, AnalyseMeasure, &c);
	error_context_stack = context.previous;
}
