/*
 * column_expression.c
 *	  The expression from which the values of a column are computed: its text, and what it means.
 *
 * The validator of the options knows neither the table nor the types of its columns. It refuses
 * what the text alone tells: subqueries, and functions of whose name all are aggregates, window
 * functions or volatile. The rest is refused when a pipeline is created, and by each scan.
 */
#include "base/compat.h"
#include "source/column_expression.h"

#include "access/relation.h"
#include "access/sysattr.h"
#include "base/sql.h"
#include "base/sql_expression.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#define OPTION "expression"

/* ---- the text ---- */

pg_attribute_noreturn()
static void
RefuseText(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("option \"%s\" cannot use %s", OPTION, what),
			 errhint("It is evaluated for each row by itself.")));
	pg_unreachable();
}

static void
ExplainSyntaxError(void *arg)
{
	ErrorIsInText(arg);
	errcontext("option \"%s\"", OPTION);
}

static Node *
ParseText(const char *text)
{
	ErrorContextCallback context = {
		error_context_stack, ExplainSyntaxError, unconstify(char *, text)
	};
	Node	   *raw;

	error_context_stack = &context;
	raw = SqlExpressionParse(text);
	error_context_stack = context.previous;
	if (raw == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("option \"%s\" must be a single expression", OPTION),
				 errhint("Specify one over the columns of the foreign table and \"%s\", the text "
						 "of the column itself, as in 'replace(value, '','', ''.'')::numeric'.",
						 VALUE_NAME)));
	return raw;
}

/* What all functions of a name have in common: their kind, and whether they are volatile. */
typedef struct Kin
{
	bool		any;
	bool		aggregates;
	bool		windows;
	bool		volatiles;
} Kin;

static Kin
FunctionsOf(List *name)
{
	Kin			kin = {false, true, true, true};
	FuncCandidateList candidate;

	if (list_length(name) == 1)
		name = list_make2(makeString("pg_catalog"), linitial(name));
	candidate = FuncnameGetCandidates(name, -1, NIL, false, false, false, true);
	for (; candidate != NULL; candidate = candidate->next)
	{
		char		kind = get_func_prokind(candidate->oid);

		kin.any = true;
		kin.aggregates &= kind == PROKIND_AGGREGATE;
		kin.windows &= kind == PROKIND_WINDOW;
		kin.volatiles &= func_volatile(candidate->oid) == PROVOLATILE_VOLATILE;
	}
	return kin;
}

static void
CheckCall(FuncCall *call)
{
	Kin			kin = FunctionsOf(call->funcname);

	if (call->over != NULL || (kin.any && kin.windows))
		RefuseText("window functions");
	if (call->agg_star || call->agg_distinct || call->agg_order != NIL || call->agg_filter != NULL ||
		(kin.any && kin.aggregates))
		RefuseText("aggregate functions");
	if (kin.any && kin.volatiles)
		RefuseText("volatile functions");
}

static bool
CheckNode(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubLink))
		RefuseText("subqueries");
	if (IsA(node, FuncCall))
		CheckCall((FuncCall *) node);
	return raw_expression_tree_walker(node, CheckNode, context);
}

bool
CheckColumnExpression(const char *value, const char **detail)
{
	(void) CheckNode(ParseText(value), NULL);
	return true;
}

static bool
IsValue(const ColumnRef *ref)
{
	return list_length(ref->fields) == 1 && IsA(linitial(ref->fields), String) &&
		strcmp(strVal(linitial(ref->fields)), VALUE_NAME) == 0;
}

static bool
FindValue(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, ColumnRef))
		return IsValue((ColumnRef *) node);
	return raw_expression_tree_walker(node, FindValue, context);
}

bool
ColumnExpressionUsesValue(const char *text)
{
	return FindValue(ParseText(text), NULL);
}

/* ---- its meaning ---- */

typedef struct Analysis
{
	const SourceDefinition *def;
	const SourceColumn *column;
} Analysis;

static Node *
ValueOfColumn(ParseState *pstate, ColumnRef *ref)
{
	Param	   *param;

	if (!IsValue(ref))
		return NULL;
	param = makeNode(Param);
	param->paramkind = PARAM_EXTERN;
	param->paramid = VALUE_PARAM;
	param->paramtype = TEXTOID;
	param->paramtypmod = -1;
	param->paramcollid = DEFAULT_COLLATION_OID;
	param->location = ref->location;
	return (Node *) param;
}

static Node *
CoerceToColumn(ParseState *pstate, Node *expression, const SourceColumn *column)
{
	Oid			type = exprType(expression);
	Node	   *coerced = coerce_to_target_type(pstate, expression, type, column->type,
												column->typmod, COERCION_IMPLICIT,
												COERCE_IMPLICIT_CAST, -1);

	if (coerced != NULL)
		return coerced;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" is of type %s but its expression is of type %s", column->name,
					format_type_be(column->type), format_type_be(type)),
			 errhint("Cast the expression, as in (%s)::%s.", column->expression,
					 format_type_with_typemod(column->type, column->typmod))));
}

static Node *
Analyse(const SourceDefinition *def, const SourceColumn *column)
{
	ParseState *pstate = make_parsestate(NULL);
	Relation	table = RelationOpen(def->relid, AccessShareLock);
	ParseNamespaceItem *row;
	Node	   *expression;

	pstate->p_sourcetext = column->expression;
	pstate->p_pre_columnref_hook = ValueOfColumn;
	row = addRangeTableEntryForRelation(pstate, table, AccessShareLock, NULL, false, true);
	addNSItemToQuery(pstate, row, false, true, true);
	expression = transformExpr(pstate, ParseText(column->expression),
							   EXPR_KIND_GENERATED_COLUMN);
	expression = CoerceToColumn(pstate, expression, column);
	assign_expr_collations(pstate, expression);
	relation_close(table, NoLock);
	free_parsestate(pstate);
	return expression;
}

static void
CheckColumns(const SourceDefinition *def, const SourceColumn *column, Node *expression)
{
	Bitmapset  *attnos = NULL;
	int			attno = -1;

	pull_varattnos(expression, 1, &attnos);
	while ((attno = bms_next_member(attnos, attno)) >= 0)
	{
		AttrNumber	attnum = attno + FirstLowInvalidHeapAttributeNumber;

		if (attnum <= 0)
			RefuseText("whole-row references or system columns");
		for (int i = 0; i < def->ncolumns; i++)
			if (def->columns[i].attnum == attnum && def->columns[i].expression != NULL)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
						 errmsg("expression of column \"%s\" cannot use column \"%s\", which has "
								"an expression itself", column->name, def->columns[i].name),
						 attnum == column->attnum ?
						 errhint("The text of the column itself is \"%s\".", VALUE_NAME) :
						 errhint("Repeat the expression of the other column.")));
	}
}

/* Positions refer to the expression's own text, and functions of users need their schema. */
static void
ExplainError(void *arg)
{
	const Analysis *a = arg;

	ErrorIsInText(a->column->expression);
	if (geterrcode() == ERRCODE_UNDEFINED_FUNCTION)
		errhint("Expressions are evaluated with search_path set to pg_catalog. Schema-qualify your "
				"own functions, and cast arguments whose types do not match.");
	errcontext("expression of column \"%s\" of foreign table \"%s\"", a->column->name,
			   a->def->relation);
}

Expr *
ColumnExpressionAnalyse(const SourceDefinition *def, const SourceColumn *column)
{
	Analysis	analysis = {def, column};
	ErrorContextCallback context = {error_context_stack, ExplainError, &analysis};
	Node	   *expression;

	error_context_stack = &context;
	expression = Analyse(def, column);
	CheckColumns(def, column, expression);
	if (contain_volatile_functions(expression))
		RefuseText("volatile functions");
	expression = (Node *) expression_planner((Expr *) expression);
	error_context_stack = context.previous;
	return (Expr *) expression;
}
