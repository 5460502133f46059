/*
 * native_compile.c
 *	  Recognize the conditions that have a native form.
 *
 * Each function returns NULL for an unsupported expression, and then the whole condition has no
 * native form. Built-in operators and functions are recognized by OID.
 */
#include "base/compat.h"
#include "predicate/native_node.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "predicate/native_operand.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

/* Equality with each of more numerics than these is no faster than the server. */
#define MAX_NUMERIC_LIST	16

static Const *
ConstantOf(Node *expression)
{
	Const	   *constant = (Const *) expression;

	return IsA(expression, Const) && !constant->constisnull ? constant : NULL;
}

static NativeNode *
NegateIf(bool negated, NativeNode *node)
{
	return negated ? NativeNot(node) : node;
}

static NativeNode *
CompileWithConstant(const Comparison *c, Node *scalar, Const *constant, TupleDesc row)
{
	Scalar		left;

	if (c->right == NUMERICOID && NativeIntegerAsNumeric(scalar, row, &left))
		return NativeCompareIntegerWithNumeric(&left, c->strategy, constant->constvalue);
	if (!NativeScalar(scalar, row, c->left, &left))
		return NULL;
	if (left.kind == SCALAR_KEY)
		return NativeCompareKey(&left, c->strategy,
								NativeConstantKey(c->right, constant->constvalue));
	return NativeCompareDatum(&left, c->strategy, constant->constvalue);
}

/* a = b, a < 1 ...; that <> is the opposite of = is left to the caller. */
static NativeNode *
CompileComparison(Comparison *c, Node *left, Node *right, TupleDesc row)
{
	Scalar		a;
	Scalar		b;

	if (ConstantOf(right) != NULL)
		return CompileWithConstant(c, left, ConstantOf(right), row);
	if (ConstantOf(left) != NULL)
	{
		NativeCommute(c);
		return CompileWithConstant(c, right, ConstantOf(left), row);
	}
	if (!NativeScalar(left, row, c->left, &a) || !NativeScalar(right, row, c->right, &b))
		return NULL;
	return NativeCompareScalars(&a, c->strategy, &b);
}

typedef enum PatternKind
{
	PATTERN_REGEX,
	PATTERN_LIKE,
	PATTERN_PREFIX
} PatternKind;

typedef struct PatternFunction
{
	Oid			function;
	PatternKind kind;
	bool		negated;
	Oid			type;			/* of what is matched */
} PatternFunction;

static const PatternFunction *
PatternFunctionOf(Oid function)
{
	static const PatternFunction known[] = {
		{F_TEXTREGEXEQ, PATTERN_REGEX, false, TEXTOID},
		{F_TEXTREGEXNE, PATTERN_REGEX, true, TEXTOID},
		{F_REGEXP_LIKE_TEXT_TEXT, PATTERN_REGEX, false, TEXTOID},
		{F_BPCHARREGEXEQ, PATTERN_REGEX, false, BPCHAROID},
		{F_BPCHARREGEXNE, PATTERN_REGEX, true, BPCHAROID},
		{F_TEXTLIKE, PATTERN_LIKE, false, TEXTOID},
		{F_TEXTNLIKE, PATTERN_LIKE, true, TEXTOID},
		{F_LIKE_TEXT_TEXT, PATTERN_LIKE, false, TEXTOID},
		{F_NOTLIKE_TEXT_TEXT, PATTERN_LIKE, true, TEXTOID},
		{F_BPCHARLIKE, PATTERN_LIKE, false, BPCHAROID},
		{F_BPCHARNLIKE, PATTERN_LIKE, true, BPCHAROID},
		{F_STARTS_WITH, PATTERN_PREFIX, false, TEXTOID},
	};

	for (int i = 0; i < lengthof(known); i++)
		if (known[i].function == function)
			return &known[i];
	return NULL;
}

/* The literal text before the first wildcard of a LIKE pattern, and what follows it. */
static text *
LikePrefix(const char *pattern, const char **rest)
{
	StringInfoData prefix;

	initStringInfo(&prefix);
	while (*pattern != '\0' && *pattern != '%' && *pattern != '_')
	{
		if (*pattern == '\\' && pattern[1] != '\0')
			pattern++;
		appendStringInfoChar(&prefix, *pattern++);
	}
	*rest = pattern;
	return cstring_to_text_with_len(prefix.data, prefix.len);
}

static const char *
LikeAsRegex(const char *pattern)
{
	StringInfoData regex;
	bool		open = false;	/* does it end with % ? */

	initStringInfo(&regex);
	if (*pattern != '%')
		appendStringInfoChar(&regex, '^');
	for (; *pattern != '\0'; pattern++)
	{
		bool		escaped = *pattern == '\\' && pattern[1] != '\0';

		if (open && *pattern != '%' && regex.len > 0)
			appendStringInfoString(&regex, ".*");
		open = *pattern == '%';
		pattern += escaped ? 1 : 0;
		if (open)
			continue;
		if (!escaped && *pattern == '_')
			appendStringInfoChar(&regex, '.');
		else
			appendStringInfo(&regex, "%s%c", strchr(".[](){}*+?|^$\\", *pattern) ? "\\" : "",
							 *pattern);
	}
	if (!open)
		appendStringInfoChar(&regex, '$');
	return regex.data;
}

static bool
EndsInEscape(const char *pattern)
{
	for (; *pattern != '\0'; pattern++)
		if (*pattern == '\\' && *++pattern == '\0')
			return true;
	return false;
}

/* Without a wildcard it is equality, with one % at its end a prefix. */
static NativeNode *
CompileLike(const Scalar *scalar, const PatternFunction *f, Const *pattern, Oid collation)
{
	char	   *like = TextDatumGetCString(pattern->constvalue);
	const char *rest;
	text	   *prefix;

	if (EndsInEscape(like))
		return NULL;
	prefix = LikePrefix(like, &rest);
	if (*rest == '\0')
		return NegateIf(f->negated, NativeCompareDatum(scalar, BTEqualStrategyNumber,
													   PointerGetDatum(prefix)));
	if (rest[strspn(rest, "%")] == '\0')
		return NegateIf(f->negated, NativePrefix(scalar, PointerGetDatum(prefix)));
	return NativePattern(scalar, LikeAsRegex(like), f->negated, f->function, collation,
						 pattern->constvalue);
}

/* The server judges the pattern first: a bad one is an error for every row. */
static NativeNode *
CompileRegex(const Scalar *scalar, const PatternFunction *f, Const *pattern, Oid collation)
{
	(void) OidFunctionCall2Coll(f->function, collation, CStringGetTextDatum(""),
								pattern->constvalue);
	return NativePattern(scalar, TextDatumGetCString(pattern->constvalue), f->negated,
						 f->function, collation, pattern->constvalue);
}

static NativeNode *
CompilePattern(const PatternFunction *f, List *args, Oid collation, TupleDesc row)
{
	Const	   *pattern = ConstantOf(lsecond(args));
	Scalar		scalar;

	if (pattern == NULL || !NativeIsBytewise(collation) ||
		!NativeScalar(linitial(args), row, f->type, &scalar) || scalar.kind != SCALAR_TEXT)
		return NULL;
	scalar.trimmed = false;
	switch (f->kind)
	{
		case PATTERN_REGEX:
			return CompileRegex(&scalar, f, pattern, collation);
		case PATTERN_LIKE:
			return CompileLike(&scalar, f, pattern, collation);
		default:
			return NativePrefix(&scalar, pattern->constvalue);
	}
}

static NativeNode *
CompileCall(Oid function, List *args, Oid collation, TupleDesc row)
{
	const PatternFunction *f = PatternFunctionOf(function);

	return f == NULL ? NULL : CompilePattern(f, args, collation, row);
}

static NativeNode *
CompileOperator(OpExpr *op, TupleDesc row)
{
	Comparison	c;
	NativeNode *node;

	if (list_length(op->args) != 2)
		return NULL;
	if (!NativeComparison(op->opno, op->inputcollid, &c))
		return CompileCall(get_opcode(op->opno), op->args, op->inputcollid, row);
	node = CompileComparison(&c, linitial(op->args), lsecond(op->args), row);
	return node == NULL ? NULL : NegateIf(c.negated, node);
}

static bool
IsNullConstant(Node *expression)
{
	return IsA(expression, Const) && ((Const *) expression)->constisnull;
}

/* Distinct unless equal or both null. */
static NativeNode *
CompileDistinct(DistinctExpr *op, TupleDesc row)
{
	Node	   *left = linitial(op->args);
	Node	   *right = lsecond(op->args);
	Comparison	c;
	NativeNode *same;
	NativeNode *nulls;

	if (!NativeComparison(op->opno, op->inputcollid, &c) || IsNullConstant(left) ||
		IsNullConstant(right))
		return NULL;
	same = CompileComparison(&c, left, right, row);
	if (same == NULL)
		return NULL;
	same = NativeIs(same, NATIVE_TRUE);
	if (NativeColumn(left) >= 0 && NativeColumn(right) >= 0)
	{
		nulls = NativeAnd(list_make2(NativeColumnIsNull(NativeColumn(left)),
									 NativeColumnIsNull(NativeColumn(right))));
		same = NativeOr(list_make2(same, nulls));
	}
	else if (ConstantOf(left) == NULL && ConstantOf(right) == NULL)
		return NULL;
	return NativeNot(same);
}

/* The elements of an array that are not null. */
typedef struct Elements
{
	Datum	   *values;
	int			count;
	bool		has_null;
} Elements;

static Elements
ElementsOf(Datum array, Oid type)
{
	Elements	e = {0};
	bool	   *nulls;
	int			total;
	int16		typlen;
	bool		typbyval;
	char		typalign;

	get_typlenbyvalalign(type, &typlen, &typbyval, &typalign);
	deconstruct_array(DatumGetArrayTypeP(array), type, typlen, typbyval, typalign,
					  &e.values, &nulls, &total);
	for (int i = 0; i < total; i++)
	{
		if (nulls[i])
			e.has_null = true;
		else
			e.values[e.count++] = e.values[i];
	}
	return e;
}

static NativeNode *
CompileNumericList(const Scalar *scalar, const Elements *e)
{
	List	   *nodes = NIL;

	if (e->count > MAX_NUMERIC_LIST)
		return NULL;
	for (int i = 0; i < e->count; i++)
		nodes = lappend(nodes, NativeCompareDatum(scalar, BTEqualStrategyNumber, e->values[i]));
	return NativeOr(nodes);
}

static NativeNode *
CompileMembership(const Scalar *scalar, const Elements *e, Oid type)
{
	int64	   *keys;

	if (scalar->kind == SCALAR_NUMERIC)
		return CompileNumericList(scalar, e);
	if (scalar->kind == SCALAR_TEXT)
		return NativeTextIn(scalar, e->values, e->count);
	keys = palloc(sizeof(int64) * e->count);
	for (int i = 0; i < e->count; i++)
		keys[i] = NativeConstantKey(type, e->values[i]);
	return NativeKeyIn(scalar, keys, e->count);
}

/* = ANY and its opposite, <> ALL; a list without elements decides even a null. */
static NativeNode *
CompileArray(ScalarArrayOpExpr *op, TupleDesc row)
{
	Const	   *array = ConstantOf(lsecond(op->args));
	Comparison	c;
	Scalar		scalar;
	Elements	e;
	NativeNode *node;

	if (array == NULL || !NativeComparison(op->opno, op->inputcollid, &c) ||
		c.strategy != BTEqualStrategyNumber || c.negated == op->useOr ||
		!NativeScalar(linitial(op->args), row, c.left, &scalar))
		return NULL;
	e = ElementsOf(array->constvalue, get_element_type(array->consttype));
	if (e.count == 0)
		return NegateIf(c.negated, NativeConstant(e.has_null ? NATIVE_NULL : NATIVE_FALSE));
	node = CompileMembership(&scalar, &e, c.right);
	if (node == NULL)
		return NULL;
	if (e.has_null)
		node = NativeOr(list_make2(node, NativeConstant(NATIVE_NULL)));
	return NegateIf(c.negated, node);
}

static NativeNode *
CompileLogic(BoolExpr *logic, TupleDesc row)
{
	List	   *nodes = NIL;
	ListCell   *lc;

	foreach(lc, logic->args)
	{
		NativeNode *node = NativeCompile(lfirst(lc), row);

		if (node == NULL)
			return NULL;
		nodes = lappend(nodes, node);
	}
	switch (logic->boolop)
	{
		case AND_EXPR:
			return NativeAnd(nodes);
		case OR_EXPR:
			return NativeOr(nodes);
		default:
			return NativeNot(linitial(nodes));
	}
}

static NativeNode *
CompileBooleanTest(BooleanTest *test, TupleDesc row)
{
	NativeNode *node = NativeCompile((Node *) test->arg, row);

	if (node == NULL)
		return NULL;
	switch (test->booltesttype)
	{
		case IS_TRUE:
			return NativeIs(node, NATIVE_TRUE);
		case IS_NOT_TRUE:
			return NativeNot(NativeIs(node, NATIVE_TRUE));
		case IS_FALSE:
			return NativeIs(node, NATIVE_FALSE);
		case IS_NOT_FALSE:
			return NativeNot(NativeIs(node, NATIVE_FALSE));
		case IS_UNKNOWN:
			return NativeIs(node, NATIVE_NULL);
		default:
			return NativeNot(NativeIs(node, NATIVE_NULL));
	}
}

static NativeNode *
CompileNullTest(NullTest *test)
{
	int			column = NativeColumn((Node *) test->arg);

	if (column < 0 || test->argisrow)
		return NULL;
	return NegateIf(test->nulltesttype == IS_NOT_NULL, NativeColumnIsNull(column));
}

static NativeNode *
CompileConstant(Const *constant)
{
	if (constant->constisnull)
		return NativeConstant(NATIVE_NULL);
	return NativeConstant(DatumGetBool(constant->constvalue) ? NATIVE_TRUE : NATIVE_FALSE);
}

static NativeNode *
CompileColumn(Node *expression, TupleDesc row)
{
	int			column = NativeColumn(expression);

	if (column < 0 || getBaseType(TupleDescAttr(row, column)->atttypid) != BOOLOID)
		return NULL;
	return NativeBoolColumn(column);
}

NativeNode *
NativeCompile(Node *expression, TupleDesc row)
{
	check_stack_depth();
	switch (nodeTag(expression))
	{
		case T_Const:
			return CompileConstant((Const *) expression);
		case T_Var:
		case T_RelabelType:
			return CompileColumn(expression, row);
		case T_BoolExpr:
			return CompileLogic((BoolExpr *) expression, row);
		case T_BooleanTest:
			return CompileBooleanTest((BooleanTest *) expression, row);
		case T_NullTest:
			return CompileNullTest((NullTest *) expression);
		case T_OpExpr:
			return CompileOperator((OpExpr *) expression, row);
		case T_DistinctExpr:
			return CompileDistinct((DistinctExpr *) expression, row);
		case T_ScalarArrayOpExpr:
			return CompileArray((ScalarArrayOpExpr *) expression, row);
		case T_FuncExpr:
			return list_length(((FuncExpr *) expression)->args) != 2 ? NULL
				: CompileCall(((FuncExpr *) expression)->funcid,
							  ((FuncExpr *) expression)->args,
							  ((FuncExpr *) expression)->inputcollid, row);
		default:
			return NULL;
	}
}
