/*
 * quals.c
 *	  Extract params and windows from a WHERE clause at planning time.
 */
#include "base/compat.h"
#include "live/quals.h"

#include "access/nbtree.h"
#include "access/stratnum.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* Guesses where a value is known only when the query runs. */
#define GUESSED_VALUES 10
#define GUESSED_WINDOWS 10

static const SourceColumn *
ColumnOf(const SourceDefinition *def, Index relid, Node *node)
{
	Var		   *var;

	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	var = (Var *) node;
	if (!IsA(var, Var) || var->varno != relid || var->varlevelsup != 0)
		return NULL;
	for (int i = 0; i < def->ncolumns; i++)
		if (def->columns[i].attnum == var->varattno)
			return &def->columns[i];
	return NULL;
}

/* Known before the first row: no columns, the same whenever it is asked. */
static bool
IsFixed(Node *value)
{
	return !contain_var_clause(value) && !contain_volatile_functions(value);
}

/* What the operator means for the column's own order; 0: nothing. */
static int
StrategyOf(Oid operator, const SourceColumn *column)
{
	Oid			family = lookup_type_cache(column->type, TYPECACHE_BTREE_OPFAMILY)->btree_opf;

	return OidIsValid(family) ? get_op_opfamily_strategy(operator, family) : 0;
}

static List *
AddNarrowing(List *list, NarrowingKind kind, char *param, int strategy, Node *value)
{
	Narrowing  *narrowing = palloc0(sizeof(Narrowing));

	narrowing->kind = kind;
	narrowing->param = param;
	narrowing->strategy = strategy;
	narrowing->value = (Expr *) value;
	return lappend(list, narrowing);
}

static bool
IsParam(const SourceDefinition *def, const SourceColumn *column)
{
	return column->param != NULL && (NamesContain(def->params, column->param) ||
									 NamesContain(def->labels, column->param));
}

/* The function that orders values of the operator's types; InvalidOid: there is none. */
static Oid
ComparisonOf(Oid operator, const SourceColumn *column)
{
	Oid			family = lookup_type_cache(column->type, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
	Oid			left;
	Oid			right;

	op_input_types(operator, &left, &right);
	return get_opfamily_proc(family, left, right, BTORDER_PROC);
}

static List *
AddValue(List *list, const SourceColumn *column, Oid operator, Oid collation, int strategy, Node *value)
{
	Oid			compare = ComparisonOf(operator, column);
	Narrowing  *narrowing;

	if (!OidIsValid(compare))
		return list;
	list = AddNarrowing(list, NARROW_VALUE, NULL, strategy, value);
	narrowing = llast(list);
	narrowing->attnum = column->attnum;
	narrowing->compare = compare;
	narrowing->collation = collation;
	return list;
}

static List *
FromComparison(List *list, const SourceDefinition *def, const SourceColumn *column,
			   Oid operator, Oid collation, Node *value)
{
	int			strategy = StrategyOf(operator, column);

	if (strategy == 0 || !IsFixed(value))
		return list;
	if (def->window != NULL && column->attnum == def->window_attnum)
		list = AddNarrowing(list, NARROW_WINDOW, NULL, strategy, value);
	if (def->cursor_column != NULL && column->attnum == def->cursor_attnum &&
		strategy >= BTEqualStrategyNumber)
		list = AddNarrowing(list, NARROW_CURSOR, NULL, strategy, value);
	if (strategy == BTEqualStrategyNumber && IsParam(def, column))
		list = AddNarrowing(list, NARROW_EQUAL, column->param, 0, value);
	if (def->takes_bounds && column->param == NULL)
		list = AddValue(list, column, operator, collation, strategy, value);
	return list;
}

static List *
FromOperator(List *list, const SourceDefinition *def, Index relid, OpExpr *op)
{
	const SourceColumn *column;
	Oid			commutator;

	if (list_length(op->args) != 2)
		return list;
	column = ColumnOf(def, relid, linitial(op->args));
	if (column != NULL)
		return FromComparison(list, def, column, op->opno, op->inputcollid, lsecond(op->args));
	column = ColumnOf(def, relid, lsecond(op->args));
	commutator = get_commutator(op->opno);
	if (column == NULL || !OidIsValid(commutator))
		return list;
	return FromComparison(list, def, column, commutator, op->inputcollid, linitial(op->args));
}

static List *
FromAny(List *list, const SourceDefinition *def, Index relid, ScalarArrayOpExpr *any)
{
	const SourceColumn *column = ColumnOf(def, relid, linitial(any->args));
	Node	   *array = lsecond(any->args);

	if (column == NULL || !any->useOr || !IsParam(def, column) || !IsFixed(array))
		return list;
	if (StrategyOf(any->opno, column) != BTEqualStrategyNumber)
		return list;
	return AddNarrowing(list, NARROW_ANY, column->param, 0, array);
}

/* The planner turns "flag = true" into the bare column. */
static List *
FromBoolean(List *list, const SourceDefinition *def, Index relid, Node *node, bool value)
{
	const SourceColumn *column = ColumnOf(def, relid, node);

	if (column == NULL || !IsParam(def, column))
		return list;
	return AddNarrowing(list, NARROW_EQUAL, column->param, 0, makeBoolConst(value, false));
}

List *
NarrowingsFind(const SourceDefinition *def, RelOptInfo *rel)
{
	List	   *list = NIL;
	ListCell   *lc;

	foreach(lc, rel->baserestrictinfo)
	{
		Node	   *clause = (Node *) lfirst_node(RestrictInfo, lc)->clause;

		if (IsA(clause, OpExpr))
			list = FromOperator(list, def, rel->relid, (OpExpr *) clause);
		else if (IsA(clause, ScalarArrayOpExpr))
			list = FromAny(list, def, rel->relid, (ScalarArrayOpExpr *) clause);
		else if (is_notclause(clause))
			list = FromBoolean(list, def, rel->relid, (Node *) get_notclausearg(clause),
							   false);
		else
			list = FromBoolean(list, def, rel->relid, clause, true);
	}
	return list;
}

List *
NarrowingsExprs(List *narrowings)
{
	List	   *exprs = NIL;
	ListCell   *lc;

	foreach(lc, narrowings)
		exprs = lappend(exprs, ((Narrowing *) lfirst(lc))->value);
	return exprs;
}

List *
NarrowingsPack(List *narrowings)
{
	List	   *packed = NIL;
	ListCell   *lc;

	foreach(lc, narrowings)
	{
		Narrowing  *n = lfirst(lc);

		packed = lappend(packed, list_make5(makeInteger(n->kind),
											makeString(n->param ? n->param : pstrdup("")),
											makeInteger(n->strategy), makeInteger(n->attnum),
											list_make2_oid(n->compare, n->collation)));
	}
	return packed;
}

List *
NarrowingsUnpack(List *packed, List *exprs)
{
	List	   *narrowings = NIL;
	ListCell   *lc;
	ListCell   *expr;

	forboth(lc, packed, expr, exprs)
	{
		List	   *fields = lfirst(lc);
		List	   *oids = llast(fields);
		Narrowing  *narrowing;

		narrowings = AddNarrowing(narrowings, intVal(linitial(fields)),
								  strVal(lsecond(fields)), intVal(lthird(fields)),
								  lfirst(expr));
		narrowing = llast(narrowings);
		narrowing->attnum = intVal(lfourth(fields));
		narrowing->compare = linitial_oid(oids);
		narrowing->collation = lsecond_oid(oids);
	}
	return narrowings;
}

static double
GuessValues(PlannerInfo *root, const Narrowing *n)
{
	Node	   *value;

	if (n->kind == NARROW_EQUAL)
		return 1;
	value = estimate_expression_value(root, (Node *) n->value);
	if (IsA(value, Const) && !((Const *) value)->constisnull)
	{
		ArrayType  *array = DatumGetArrayTypeP(((Const *) value)->constvalue);

		return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	}
	if (IsA(value, ArrayExpr))
		return list_length(((ArrayExpr *) value)->elements);
	return GUESSED_VALUES;
}

double
NarrowedRequests(PlannerInfo *root, const SourceDefinition *def, List *narrowings)
{
	double		requests = def->window == NULL ? 1 : GUESSED_WINDOWS;
	ListCell   *lc;

	foreach(lc, narrowings)
		if (((Narrowing *) lfirst(lc))->param != NULL)
			requests *= GuessValues(root, lfirst(lc));
	return Max(requests, 1);
}
