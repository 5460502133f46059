/*
 * native_compare.c
 *	  Native comparisons: <, <=, =, >=, > and ranges of a column.
 */
#include "base/compat.h"
#include "predicate/native_node.h"

#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* low <= key <= high: every comparison with a constant but <>, which is NOT of =. */
typedef struct RangeNode
{
	NativeNode	node;
	Scalar		scalar;
	int64		low;
	int64		high;
	int64		keys[NATIVE_ROWS];
} RangeNode;

typedef struct DatumNode
{
	NativeNode	node;
	Scalar		scalar;
	StrategyNumber strategy;
	Datum		value;
	const char *text;			/* of a text */
	int			len;
} DatumNode;

typedef struct PairNode
{
	NativeNode	node;
	Scalar		left;
	Scalar		right;
	StrategyNumber strategy;
	int64		left_keys[NATIVE_ROWS];
	int64		right_keys[NATIVE_ROWS];
} PairNode;

static void
RunRange(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	RangeNode  *range = (RangeNode *) node;
	const bool *isnull = rows->isnull + range->scalar.column;

	NativeKeys(&range->scalar, rows, range->keys);
	for (int i = 0; i < rows->nrows; i++)
	{
		int64		key = range->keys[i];
		uint8		verdict = ((key >= range->low) & (key <= range->high))
			? NATIVE_TRUE : NATIVE_FALSE;

		verdicts[i] = isnull[i * rows->natts] ? NATIVE_NULL : verdict;
	}
}

static NativeNode *
MakeRange(const Scalar *scalar, int64 low, int64 high)
{
	RangeNode  *range = palloc0(sizeof(RangeNode));

	range->node.run = RunRange;
	range->scalar = *scalar;
	range->low = low;
	range->high = high;
	return &range->node;
}

static NativeNode *
MakeEmptyRange(const Scalar *scalar)
{
	return MakeRange(scalar, 1, 0);
}

static bool
IsSameScalar(const Scalar *a, const Scalar *b)
{
	return a->kind == b->kind && a->column == b->column && a->form == b->form &&
		a->trimmed == b->trimmed;
}

bool
NativeNarrowRange(NativeNode *node, const NativeNode *by)
{
	RangeNode  *range = (RangeNode *) node;
	const RangeNode *other = (const RangeNode *) by;

	if (node->run != RunRange || by->run != RunRange ||
		!IsSameScalar(&range->scalar, &other->scalar))
		return false;
	range->low = Max(range->low, other->low);
	range->high = Min(range->high, other->high);
	return true;
}

NativeNode *
NativeCompareKey(const Scalar *scalar, StrategyNumber strategy, int64 key)
{
	switch (strategy)
	{
		case BTLessStrategyNumber:
			return key == PG_INT64_MIN ? MakeEmptyRange(scalar)
				: MakeRange(scalar, PG_INT64_MIN, key - 1);
		case BTLessEqualStrategyNumber:
			return MakeRange(scalar, PG_INT64_MIN, key);
		case BTEqualStrategyNumber:
			return MakeRange(scalar, key, key);
		case BTGreaterEqualStrategyNumber:
			return MakeRange(scalar, key, PG_INT64_MAX);
		case BTGreaterStrategyNumber:
			return key == PG_INT64_MAX ? MakeEmptyRange(scalar)
				: MakeRange(scalar, key + 1, PG_INT64_MAX);
		default:
			elog(ERROR, "unknown strategy %d", strategy);
	}
}

static uint8
Decide(int order, StrategyNumber strategy)
{
	bool		holds;

	switch (strategy)
	{
		case BTLessStrategyNumber:
			holds = order < 0;
			break;
		case BTLessEqualStrategyNumber:
			holds = order <= 0;
			break;
		case BTEqualStrategyNumber:
			holds = order == 0;
			break;
		case BTGreaterEqualStrategyNumber:
			holds = order >= 0;
			break;
		default:
			holds = order > 0;
			break;
	}
	return holds ? NATIVE_TRUE : NATIVE_FALSE;
}

static int
CompareNumeric(Datum a, Datum b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, a, b));
}

static int
CompareBytes(const char *a, int alen, const char *b, int blen)
{
	int			order = memcmp(a, b, Min(alen, blen));

	return order != 0 ? order : alen - blen;
}

/* Where a numeric lies among the integers: below, within or above them; NaN is above all. */
static int
PlaceAmongIntegers(Datum value)
{
	if (CompareNumeric(value, NumericGetDatum(int64_to_numeric(PG_INT64_MAX))) > 0)
		return 1;
	if (CompareNumeric(value, NumericGetDatum(int64_to_numeric(PG_INT64_MIN))) < 0)
		return -1;
	return 0;
}

/* An integer compares with the next integer as it does with what lies between the two. */
NativeNode *
NativeCompareIntegerWithNumeric(const Scalar *scalar, StrategyNumber strategy, Datum value)
{
	int			place = PlaceAmongIntegers(value);
	bool		wants_less = strategy < BTEqualStrategyNumber;
	Datum		floor;
	int64		key;

	if (place != 0)
		return strategy != BTEqualStrategyNumber && wants_less == (place > 0)
			? MakeRange(scalar, PG_INT64_MIN, PG_INT64_MAX) : MakeEmptyRange(scalar);
	floor = DirectFunctionCall1(numeric_floor, value);
	key = DatumGetInt64(DirectFunctionCall1(numeric_int8, floor));
	if (CompareNumeric(floor, value) == 0)
		return NativeCompareKey(scalar, strategy, key);
	if (strategy == BTEqualStrategyNumber)
		return MakeEmptyRange(scalar);
	return NativeCompareKey(scalar, wants_less ? BTLessEqualStrategyNumber
							: BTGreaterStrategyNumber, key);
}

static void
RunNumeric(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	DatumNode  *compare = (DatumNode *) node;

	for (int i = 0; i < rows->nrows; i++)
	{
		int			at = i * rows->natts + compare->scalar.column;

		verdicts[i] = rows->isnull[at] ? NATIVE_NULL
			: Decide(CompareNumeric(rows->values[at], compare->value), compare->strategy);
	}
}

static void
RunText(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	DatumNode  *compare = (DatumNode *) node;

	for (int i = 0; i < rows->nrows; i++)
	{
		int			at = i * rows->natts + compare->scalar.column;
		const char *text;
		int			len;

		verdicts[i] = NATIVE_NULL;
		if (rows->isnull[at])
			continue;
		text = NativeText(rows->values[at], compare->scalar.trimmed, &len);
		verdicts[i] = Decide(CompareBytes(text, len, compare->text, compare->len),
							 compare->strategy);
	}
}

NativeNode *
NativeCompareDatum(const Scalar *scalar, StrategyNumber strategy, Datum value)
{
	DatumNode  *compare = palloc0(sizeof(DatumNode));

	compare->scalar = *scalar;
	compare->strategy = strategy;
	compare->value = value;
	compare->node.run = RunNumeric;
	if (scalar->kind == SCALAR_TEXT)
	{
		compare->node.run = RunText;
		compare->text = NativeText(value, scalar->trimmed, &compare->len);
	}
	return &compare->node;
}

static void
RunKeyPair(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	PairNode   *pair = (PairNode *) node;

	NativeKeys(&pair->left, rows, pair->left_keys);
	NativeKeys(&pair->right, rows, pair->right_keys);
	for (int i = 0; i < rows->nrows; i++)
	{
		int64		a = pair->left_keys[i];
		int64		b = pair->right_keys[i];

		if (rows->isnull[i * rows->natts + pair->left.column] ||
			rows->isnull[i * rows->natts + pair->right.column])
			verdicts[i] = NATIVE_NULL;
		else
			verdicts[i] = Decide((a > b) - (a < b), pair->strategy);
	}
}

static int
CompareText(const PairNode *pair, Datum a, Datum b)
{
	int			alen;
	int			blen;
	const char *atext = NativeText(a, pair->left.trimmed, &alen);
	const char *btext = NativeText(b, pair->right.trimmed, &blen);

	return CompareBytes(atext, alen, btext, blen);
}

static void
RunDatumPair(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	PairNode   *pair = (PairNode *) node;

	for (int i = 0; i < rows->nrows; i++)
	{
		int			left = i * rows->natts + pair->left.column;
		int			right = i * rows->natts + pair->right.column;

		if (rows->isnull[left] || rows->isnull[right])
			verdicts[i] = NATIVE_NULL;
		else if (pair->left.kind == SCALAR_NUMERIC)
			verdicts[i] = Decide(CompareNumeric(rows->values[left], rows->values[right]),
								 pair->strategy);
		else
			verdicts[i] = Decide(CompareText(pair, rows->values[left], rows->values[right]),
								 pair->strategy);
	}
}

NativeNode *
NativeCompareScalars(const Scalar *left, StrategyNumber strategy, const Scalar *right)
{
	PairNode   *pair = palloc0(sizeof(PairNode));

	pair->node.run = left->kind == SCALAR_KEY ? RunKeyPair : RunDatumPair;
	pair->left = *left;
	pair->right = *right;
	pair->strategy = strategy;
	return &pair->node;
}
