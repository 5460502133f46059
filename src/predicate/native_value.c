/*
 * native_value.c
 *	  Expressions that compute a value from texts, compiled to be evaluated without the executor.
 *
 * A tree of functions of texts makes a text, which is the value, or is converted to a number or a
 * time.
 */
#include "base/compat.h"
#include "predicate/native_value.h"

#include "base/type_text.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "decode/convert_number.h"
#include "decode/convert_time.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "predicate/native_operand.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* What the text becomes. */
typedef bool (*ConvertText) (const NativeValue *value, const NativeRow *row, Bytes text,
							 Datum *result);

struct NativeValue
{
	TextNode   *text;
	ConvertText convert;
	Oid			type;
	int32		typmod;
	TimePattern *pattern;
};

/* ---- what texts become ---- */

static bool
KeepText(const NativeValue *value, const NativeRow *row, Bytes text, Datum *result)
{
	if (text.len > MaxAllocSize - VARHDRSZ)
		return false;
	*result = PointerGetDatum(cstring_to_text_with_len(text.text, text.len));
	return true;
}

static bool
ToInteger(const NativeValue *value, const NativeRow *row, Bytes text, Datum *result)
{
	int64		n;

	if (!TextToInt64(text.text, text.len, &n))
		return false;
	switch (value->type)
	{
		case INT2OID:
			*result = Int16GetDatum((int16) n);
			return n >= PG_INT16_MIN && n <= PG_INT16_MAX;
		case INT4OID:
			*result = Int32GetDatum((int32) n);
			return n >= PG_INT32_MIN && n <= PG_INT32_MAX;
		default:
			*result = Int64GetDatum(n);
			return true;
	}
}

static bool
ToNumeric(const NativeValue *value, const NativeRow *row, Bytes text, Datum *result)
{
	return TextToNumeric(text.text, text.len, value->typmod, result);
}

static bool
ToFloat8(const NativeValue *value, const NativeRow *row, Bytes text, Datum *result)
{
	float8		number;

	if (!TextToFloat8(text.text, text.len, &number))
		return false;
	*result = Float8GetDatum(number);
	return true;
}

static bool
ToBool(const NativeValue *value, const NativeRow *row, Bytes text, Datum *result)
{
	bool		b;

	if (!ParseBoolean(text.text, text.len, &b))
		return false;
	*result = BoolGetDatum(b);
	return true;
}

static bool
ToDate(const NativeValue *value, const NativeRow *row, Bytes text, Datum *result)
{
	DateADT		date;

	if (!TextToDate(text.text, text.len, &date))
		return false;
	*result = DateADTGetDatum(date);
	return true;
}

/* to_date and to_timestamp */
static bool
ByPattern(const NativeValue *value, const NativeRow *row, Bytes text, Datum *result)
{
	Timestamp	local;
	TimestampTz instant;

	if (!TextToTime(text.text, text.len, value->pattern, false, &local))
		return false;
	if (value->type == DATEOID)
	{
		*result = DateADTGetDatum(DateOfTimestamp(local));
		return true;
	}
	if (!InstantOf(local, row->tz, AMBIGUOUS_SECOND, &instant))
		return false;
	*result = TimestampTzGetDatum(instant);
	return true;
}

/* ---- compilation ---- */

typedef struct Scope
{
	TupleDesc	row;
	int			param;
} Scope;

static TextNode *TextOf(Node *expression, const Scope *scope);

static TextNode *
NewNode(TextRun run, TextNode *arg)
{
	TextNode   *node = palloc0(sizeof(TextNode));

	node->run = run;
	node->arg = arg;
	node->cxt = CurrentMemoryContext;
	return node;
}

static Const *
ConstantOf(Node *expression, Oid type)
{
	Const	   *constant = (Const *) expression;

	return IsA(expression, Const) && !constant->constisnull && constant->consttype == type
		? constant : NULL;
}

static bool
ConstantBytes(Node *expression, Bytes *text)
{
	Const	   *constant = ConstantOf(expression, TEXTOID);

	if (constant != NULL)
		*text = BytesOf(constant->constvalue);
	return constant != NULL;
}

static bool
IntConstant(Node *expression, int *n)
{
	Const	   *constant = ConstantOf(expression, INT4OID);

	if (constant != NULL)
		*n = DatumGetInt32(constant->constvalue);
	return constant != NULL;
}

static TextNode *
ColumnText(int column, const Scope *scope)
{
	Oid			type = getBaseType(TupleDescAttr(scope->row, column)->atttypid);
	TextNode   *node;

	if (type != TEXTOID && type != VARCHAROID)
		return NULL;
	node = NewNode(TextColumn, NULL);
	node->column = column;
	return node;
}

static bool
IsAscii(Bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (IS_HIGHBIT_SET(text.text[i]))
			return false;
	return true;
}

static TextNode *
TrimOf(List *args, bool left, bool right, TextNode *arg)
{
	TextNode   *node = NewNode(TextTrim, arg);

	node->given = (Bytes) {" ", 1};
	node->left = left;
	node->right = right;
	if (list_length(args) == 2 &&
		(!ConstantBytes(lsecond(args), &node->given) || !IsAscii(node->given)))
		return NULL;
	return node;
}

/* Some locales have their own opinion of i and I. */
static bool
HasPlainCase(Oid function, Oid collation, bool upper)
{
	static const char lower_case[] = "abcdefghijklmnopqrstuvwxyz";
	static const char upper_case[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	Datum		result = OidFunctionCall1Coll(function, collation,
											  CStringGetTextDatum(upper ? lower_case : upper_case));

	return strcmp(TextDatumGetCString(result), upper ? upper_case : lower_case) == 0;
}

static TextNode *
CaseOf(const FuncExpr *call, TextNode *arg)
{
	TextNode   *node = NewNode(TextCase, arg);

	node->upper = call->funcid == F_UPPER_TEXT;
	return HasPlainCase(call->funcid, call->inputcollid, node->upper) ? node : NULL;
}

static TextNode *
ReplaceOf(const FuncExpr *call, TextNode *arg)
{
	TextNode   *node = NewNode(TextReplace, arg);

	return ConstantBytes(lsecond(call->args), &node->given) &&
		ConstantBytes(lthird(call->args), &node->by) ? node : NULL;
}

static TextNode *
SplitOf(const FuncExpr *call, TextNode *arg)
{
	TextNode   *node = NewNode(TextSplit, arg);

	return ConstantBytes(lsecond(call->args), &node->given) && node->given.len > 0 &&
		IntConstant(lthird(call->args), &node->from) && node->from > 0 ? node : NULL;
}

static TextNode *
SubstringOf(const FuncExpr *call, TextNode *arg)
{
	TextNode   *node = NewNode(TextSubstring, arg);

	node->count = -1;
	if (call->funcid == F_LEFT)
	{
		node->from = 1;
		return IntConstant(lsecond(call->args), &node->count) && node->count >= 0 ? node : NULL;
	}
	if (!IntConstant(lsecond(call->args), &node->from) || node->from < 1)
		return NULL;
	if (list_length(call->args) == 3 &&
		(!IntConstant(lthird(call->args), &node->count) || node->count < 0))
		return NULL;
	return node;
}

static TextNode *
CallText(const FuncExpr *call, const Scope *scope)
{
	TextNode   *arg;

	if (call->args == NIL || !NativeIsBytewise(call->inputcollid))
		return NULL;
	arg = TextOf(linitial(call->args), scope);
	if (arg == NULL)
		return NULL;
	switch (call->funcid)
	{
		case F_REPLACE:
			return ReplaceOf(call, arg);
		case F_BTRIM_TEXT:
		case F_BTRIM_TEXT_TEXT:
			return TrimOf(call->args, true, true, arg);
		case F_LTRIM_TEXT:
		case F_LTRIM_TEXT_TEXT:
			return TrimOf(call->args, true, false, arg);
		case F_RTRIM_TEXT:
		case F_RTRIM_TEXT_TEXT:
			return TrimOf(call->args, false, true, arg);
		case F_LOWER_TEXT:
		case F_UPPER_TEXT:
			return CaseOf(call, arg);
		case F_SPLIT_PART:
			return SplitOf(call, arg);
		case F_LEFT:
		case F_SUBSTR_TEXT_INT4:
		case F_SUBSTR_TEXT_INT4_INT4:
		case F_SUBSTRING_TEXT_INT4:
		case F_SUBSTRING_TEXT_INT4_INT4:
			return SubstringOf(call, arg);
		default:
			return NULL;
	}
}

static TextNode *
Pair(TextRun run, List *args, const Scope *scope)
{
	TextNode   *node = NewNode(run, TextOf(linitial(args), scope));

	node->other = TextOf(lsecond(args), scope);
	return node->arg != NULL && node->other != NULL ? node : NULL;
}

static TextNode *
NullIfText(NullIfExpr *expression, const Scope *scope)
{
	TextNode   *node = NewNode(TextNullIf, TextOf(linitial(expression->args), scope));

	if (node->arg == NULL || get_opcode(expression->opno) != F_TEXTEQ ||
		!NativeIsBytewise(expression->inputcollid) ||
		!ConstantBytes(lsecond(expression->args), &node->given))
		return NULL;
	return node;
}

/* NULL when the expression is no text that can be computed here. */
static TextNode *
TextOf(Node *expression, const Scope *scope)
{
	TextNode   *node;

	check_stack_depth();
	while (IsA(expression, RelabelType))
		expression = (Node *) ((RelabelType *) expression)->arg;
	if (NativeColumn(expression) >= 0)
		return ColumnText(NativeColumn(expression), scope);
	switch (nodeTag(expression))
	{
		case T_Param:
			return ((Param *) expression)->paramkind == PARAM_EXTERN &&
				((Param *) expression)->paramid == scope->param ? NewNode(TextParam, NULL) : NULL;
		case T_Const:
			node = NewNode(TextConstant, NULL);
			return ConstantBytes(expression, &node->given) ? node : NULL;
		case T_FuncExpr:
			return CallText((FuncExpr *) expression, scope);
		case T_OpExpr:
			return ((OpExpr *) expression)->opfuncid == F_TEXTCAT
				? Pair(TextJoin, ((OpExpr *) expression)->args, scope) : NULL;
		case T_NullIfExpr:
			return NullIfText((NullIfExpr *) expression, scope);
		case T_CoalesceExpr:
			return list_length(((CoalesceExpr *) expression)->args) == 2
				? Pair(TextCoalesce, ((CoalesceExpr *) expression)->args, scope) : NULL;
		default:
			return NULL;
	}
}

static ConvertText
ConversionTo(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return ToInteger;
		case NUMERICOID:
			return ToNumeric;
		case FLOAT8OID:
			return ToFloat8;
		case BOOLOID:
			return ToBool;
		case DATEOID:
			return ToDate;
		default:
			return NULL;
	}
}

/* A cast of a text, whose result may be numeric(p, s). */
static Node *
CastText(Node *expression, NativeValue *value)
{
	FuncExpr   *call = (FuncExpr *) expression;
	CoerceViaIO *cast;

	value->typmod = -1;
	if (IsA(call, FuncExpr) && call->funcid == F_NUMERIC_NUMERIC_INT4 &&
		IntConstant(lsecond(call->args), &value->typmod))
		expression = linitial(call->args);
	cast = (CoerceViaIO *) expression;
	if (!IsA(cast, CoerceViaIO))
		return NULL;
	value->type = cast->resulttype;
	value->convert = ConversionTo(value->type);
	return value->convert ? (Node *) cast->arg : NULL;
}

static Node *
TimeText(Node *expression, NativeValue *value)
{
	FuncExpr   *call = (FuncExpr *) expression;
	Bytes		pattern;

	if (!IsA(call, FuncExpr) ||
		(call->funcid != F_TO_DATE && call->funcid != F_TO_TIMESTAMP_TEXT_TEXT) ||
		!ConstantBytes(lsecond(call->args), &pattern))
		return NULL;
	value->type = call->funcid == F_TO_DATE ? DATEOID : TIMESTAMPTZOID;
	value->convert = ByPattern;
	value->pattern = TimePatternCompile(pnstrdup(pattern.text, pattern.len));
	return value->pattern ? linitial(call->args) : NULL;
}

/* Bytes of one character are not those of another in these. */
static bool
IsPlainEncoding(void)
{
	return GetDatabaseEncoding() == PG_UTF8 || pg_database_encoding_max_length() == 1;
}

NativeValue *
NativeValueCompile(Node *expression, TupleDesc row, int param)
{
	NativeValue *value = palloc0(sizeof(NativeValue));
	Scope		scope = {row, param};
	Node	   *text = CastText(expression, value);

	if (!IsPlainEncoding())
		return NULL;
	if (text == NULL)
		text = TimeText(expression, value);
	if (text == NULL && exprType(expression) == TEXTOID)
	{
		text = expression;
		value->convert = KeepText;
	}
	if (text != NULL)
		value->text = TextOf(text, &scope);
	return value->text ? value : NULL;
}

NativeOutcome
NativeValueRun(NativeValue *value, const NativeRow *row, Datum *result)
{
	Bytes		text;
	NativeOutcome outcome = value->text->run(value->text, row, &text);

	if (outcome == NATIVE_VALUE && !value->convert(value, row, text, result))
		return NATIVE_UNDECIDED;
	return outcome;
}
