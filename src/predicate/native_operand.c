/*
 * native_operand.c
 *	  Recognize the operands of a comparison: columns, functions of them, constants.
 */
#include "base/compat.h"
#include "predicate/native_operand.h"

#include "access/transam.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/pg_locale.h"

bool
NativeScalarOfType(Oid type, Scalar *result)
{
	static const struct
	{
		Oid			type;
		Scalar		scalar;
	}			known[] = {
		{BOOLOID, {SCALAR_KEY, 0, KEY_BOOL}},
		{INT2OID, {SCALAR_KEY, 0, KEY_INT2}},
		{INT4OID, {SCALAR_KEY, 0, KEY_INT4}},
		{INT8OID, {SCALAR_KEY, 0, KEY_INT8}},
		{FLOAT4OID, {SCALAR_KEY, 0, KEY_FLOAT4}},
		{FLOAT8OID, {SCALAR_KEY, 0, KEY_FLOAT8}},
		{DATEOID, {SCALAR_KEY, 0, KEY_INT4}},
		{TIMESTAMPOID, {SCALAR_KEY, 0, KEY_INT8}},
		{TIMESTAMPTZOID, {SCALAR_KEY, 0, KEY_INT8}},
		{NUMERICOID, {SCALAR_NUMERIC}},
		{TEXTOID, {SCALAR_TEXT}},
		{VARCHAROID, {SCALAR_TEXT}},
		{BPCHAROID, {SCALAR_TEXT, 0, 0, true}},
	};

	for (int i = 0; i < lengthof(known); i++)
	{
		if (known[i].type != type)
			continue;
		*result = known[i].scalar;
		return true;
	}
	return false;
}

static bool
IsInteger(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
IsFloat(Oid type)
{
	return type == FLOAT4OID || type == FLOAT8OID;
}

/* Which types may meet: a date and a timestamp with time zone may not, for the zone can change. */
static bool
MayMeet(Oid left, Oid right)
{
	return left == right || (IsInteger(left) && IsInteger(right)) ||
		(IsFloat(left) && IsFloat(right));
}

bool
NativeIsBytewise(Oid collation)
{
	return OidIsValid(collation) && get_collation_isdeterministic(collation);
}

/* A text orders by its bytes under few collations only. */
static bool
CollationAllows(Oid type, Oid collation, StrategyNumber strategy)
{
	Scalar		scalar;

	if (!NativeScalarOfType(type, &scalar))
		return false;
	if (scalar.kind != SCALAR_TEXT)
		return true;
	if (!NativeIsBytewise(collation))
		return false;
	return strategy == BTEqualStrategyNumber || CollationIsC(collation);
}

static bool
IsOrderOfType(Oid family)
{
	return family < FirstNormalObjectId && family != TEXT_PATTERN_BTREE_FAM_OID &&
		family != BPCHAR_PATTERN_BTREE_FAM_OID;
}

bool
NativeComparison(Oid operator, Oid collation, Comparison *result)
{
	ListCell   *lc;

	if (operator >= FirstNormalObjectId)
		return false;
	foreach(lc, OperatorInterpretations(operator))
	{
		OperatorInterpretation *meaning = lfirst(lc);

		if (!IsOrderOfType(meaning->opfamily_id))
			continue;
		result->negated = InterpretationStrategy(meaning) == INTERPRETATION_NE;
		result->strategy = result->negated ? BTEqualStrategyNumber
			: InterpretationStrategy(meaning);
		result->left = meaning->oplefttype;
		result->right = meaning->oprighttype;
		return MayMeet(result->left, result->right) &&
			CollationAllows(result->left, collation, result->strategy);
	}
	return false;
}

void
NativeCommute(Comparison *comparison)
{
	Oid			left = comparison->left;

	comparison->left = comparison->right;
	comparison->right = left;
	comparison->strategy = BTMaxStrategyNumber + 1 - comparison->strategy;
}

static Node *
StripRelabel(Node *expression)
{
	while (IsA(expression, RelabelType))
		expression = (Node *) ((RelabelType *) expression)->arg;
	return expression;
}

int
NativeColumn(Node *expression)
{
	Var		   *var = (Var *) StripRelabel(expression);

	if (!IsA(var, Var) || var->varno != 1 || var->varlevelsup != 0 || var->varattno <= 0)
		return -1;
	return var->varattno - 1;
}

static bool
ColumnAsScalar(int column, TupleDesc row, Oid type, Scalar *result)
{
	Oid			base = getBaseType(TupleDescAttr(row, column)->atttypid);

	if (base != type && !(base == VARCHAROID && type == TEXTOID))
		return false;
	if (!NativeScalarOfType(base, result))
		return false;
	result->column = column;
	return true;
}

/* Functions of a column that a key may be. */
static const struct
{
	Oid			function;
	Oid			argument;
	Oid			result;
	KeyForm		form;
}			key_functions[] = {
	{F_LENGTH_TEXT, TEXTOID, INT4OID, KEY_CHARACTERS},
	{F_CHAR_LENGTH_TEXT, TEXTOID, INT4OID, KEY_CHARACTERS},
	{F_CHARACTER_LENGTH_TEXT, TEXTOID, INT4OID, KEY_CHARACTERS},
	{F_OCTET_LENGTH_TEXT, TEXTOID, INT4OID, KEY_BYTES},
	{F_LENGTH_BPCHAR, BPCHAROID, INT4OID, KEY_CHARACTERS_TRIMMED},
	{F_CHAR_LENGTH_BPCHAR, BPCHAROID, INT4OID, KEY_CHARACTERS_TRIMMED},
	{F_CHARACTER_LENGTH_BPCHAR, BPCHAROID, INT4OID, KEY_CHARACTERS_TRIMMED},
	{F_OCTET_LENGTH_BPCHAR, BPCHAROID, INT4OID, KEY_BYTES},
	{F_INT4_INT2, INT2OID, INT4OID, KEY_INT2},
	{F_INT8_INT2, INT2OID, INT8OID, KEY_INT2},
	{F_INT8_INT4, INT4OID, INT8OID, KEY_INT4},
	{F_FLOAT8_FLOAT4, FLOAT4OID, FLOAT8OID, KEY_FLOAT4},
	{F_FLOAT8_INT2, INT2OID, FLOAT8OID, KEY_FLOAT_OF_INT2},
	{F_FLOAT8_INT4, INT4OID, FLOAT8OID, KEY_FLOAT_OF_INT4},
	{F_FLOAT8_INT8, INT8OID, FLOAT8OID, KEY_FLOAT_OF_INT8},
};

static bool
FunctionAsScalar(FuncExpr *function, TupleDesc row, Oid type, Scalar *result)
{
	int			column = NativeColumn(linitial(function->args));

	for (int i = 0; i < lengthof(key_functions); i++)
	{
		if (key_functions[i].function != function->funcid || key_functions[i].result != type)
			continue;
		if (column < 0 || !ColumnAsScalar(column, row, key_functions[i].argument, result))
			return false;
		result->kind = SCALAR_KEY;
		result->form = key_functions[i].form;
		return true;
	}
	return false;
}

bool
NativeScalar(Node *expression, TupleDesc row, Oid type, Scalar *result)
{
	int			column = NativeColumn(expression);

	if (column >= 0)
		return ColumnAsScalar(column, row, type, result);
	expression = StripRelabel(expression);
	if (IsA(expression, FuncExpr) && list_length(((FuncExpr *) expression)->args) == 1)
		return FunctionAsScalar((FuncExpr *) expression, row, type, result);
	return false;
}

static Oid
IntegerOfCast(Oid function)
{
	switch (function)
	{
		case F_NUMERIC_INT2:
			return INT2OID;
		case F_NUMERIC_INT4:
			return INT4OID;
		case F_NUMERIC_INT8:
			return INT8OID;
		default:
			return InvalidOid;
	}
}

bool
NativeIntegerAsNumeric(Node *expression, TupleDesc row, Scalar *result)
{
	FuncExpr   *cast = (FuncExpr *) expression;
	int			column;

	if (!IsA(cast, FuncExpr) || !OidIsValid(IntegerOfCast(cast->funcid)))
		return false;
	column = NativeColumn(linitial(cast->args));
	return column >= 0 && ColumnAsScalar(column, row, IntegerOfCast(cast->funcid), result);
}

int64
NativeConstantKey(Oid type, Datum value)
{
	switch (type)
	{
		case BOOLOID:
			return DatumGetBool(value);
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
		case DATEOID:
			return DatumGetInt32(value);
		case FLOAT4OID:
			return NativeFloatKey(DatumGetFloat4(value));
		case FLOAT8OID:
			return NativeFloatKey(DatumGetFloat8(value));
		default:
			return DatumGetInt64(value);
	}
}
