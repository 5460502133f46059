/*
 * column_profile.c
 *	  Collect what a column is like.
 *
 * Types whose values are numbers or bytes to the processor are compared and hashed here; others by
 * the functions of their operator classes.
 */
#include "base/compat.h"
#include "check/column_profile.h"

#include <math.h>

#include "access/detoast.h"
#include "base/type_text.h"
#include "catalog/pg_type.h"
#include "check/text_shape.h"
#include "common/hashfn.h"
#include "lib/hyperloglog.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/float.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/pg_locale.h"
#include "utils/typcache.h"
#include "utils/varlena.h"

/* Up to so many distinct values are known one by one. */
#define MOST_VALUES 1000
#define TABLE_SIZE 4096

/* Longer values are not kept in the sample, nor longer texts in results. */
#define LONGEST_KEPT 8192
#define LONGEST_SHOWN 100

#define TOP_VALUES 20

/* 4096 registers: 1.6 % standard error */
#define REGISTER_WIDTH 12

typedef enum ValueKind
{
	VALUE_INTEGER,				/* by value, ordered as an integer */
	VALUE_FLOAT,
	VALUE_BYTES,				/* equal if the bytes are; ordered by collation */
	VALUE_OTHER
} ValueKind;

typedef struct ValueCount
{
	Datum		value;
	uint32		hash;
	int64		count;			/* 0: a free place */
} ValueCount;

struct ColumnProfile
{
	FormData_pg_attribute att;
	ValueKind	kind;
	Oid			type;			/* without its domain */
	FmgrInfo   *compare;		/* NULL: its values have no order */
	FmgrInfo   *hash;			/* NULL: its values have no hash */
	FmgrInfo   *equal;
	MemoryContext cxt;
	MemoryContext scratch;		/* reset after each value */

	int64		count;
	int64		nulls;
	bool		has_limits;
	Datum		min;
	Datum		max;
	double		sum;
	double		lost;			/* by rounding of the sum */
	ValueCount *values;			/* TABLE_SIZE places; NULL: there are too many, or no hash */
	int			nvalues;
	hyperLogLogState estimate;
	Datum	   *sample;
	bool	   *has_sample;
};

static ValueKind
KindOf(Oid type, Oid collation)
{
	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return VALUE_INTEGER;
		case FLOAT4OID:
		case FLOAT8OID:
			return VALUE_FLOAT;
		case TEXTOID:
		case VARCHAROID:
			return get_collation_isdeterministic(collation) ? VALUE_BYTES : VALUE_OTHER;
		default:
			return VALUE_OTHER;
	}
}

static void
FindFunctions(ColumnProfile *c)
{
	TypeCacheEntry *type = lookup_type_cache(c->type, TYPECACHE_CMP_PROC_FINFO |
											 TYPECACHE_HASH_PROC_FINFO | TYPECACHE_EQ_OPR_FINFO);

	if (OidIsValid(type->cmp_proc))
		c->compare = &type->cmp_proc_finfo;
	if (OidIsValid(type->hash_proc) && OidIsValid(type->eq_opr))
	{
		c->hash = &type->hash_proc_finfo;
		c->equal = &type->eq_opr_finfo;
	}
}

ColumnProfile *
ColumnProfileCreate(Form_pg_attribute att)
{
	ColumnProfile *c = palloc0(sizeof(ColumnProfile));

	c->att = *att;
	c->type = getBaseType(att->atttypid);
	c->kind = KindOf(c->type, att->attcollation);
	c->cxt = AllocSetContextCreate(CurrentMemoryContext, "elt column profile",
								   ALLOCSET_DEFAULT_SIZES);
	c->scratch = AllocSetContextCreate(c->cxt, "elt column profile value", ALLOCSET_SMALL_SIZES);
	FindFunctions(c);
	if (c->hash != NULL)
		c->values = MemoryContextAllocZero(c->cxt, sizeof(ValueCount) * TABLE_SIZE);
	initHyperLogLog(&c->estimate, REGISTER_WIDTH);
	c->sample = MemoryContextAlloc(c->cxt, sizeof(Datum) * PROFILE_SAMPLE);
	c->has_sample = MemoryContextAllocZero(c->cxt, sizeof(bool) * PROFILE_SAMPLE);
	return c;
}

/* ---- values ---- */

static int64
AsInteger(const ColumnProfile *c, Datum value)
{
	switch (c->att.attlen)
	{
		case 1:
			return DatumGetChar(value);
		case 2:
			return DatumGetInt16(value);
		case 4:
			return DatumGetInt32(value);
		default:
			return DatumGetInt64(value);
	}
}

static double
AsFloat(const ColumnProfile *c, Datum value)
{
	return c->att.attlen == sizeof(float4) ? DatumGetFloat4(value) : DatumGetFloat8(value);
}

static uint32
HashInteger(uint64 value)
{
	return murmurhash32((uint32) value ^ murmurhash32((uint32) (value >> 32)));
}

static uint32
HashFloat(double value)
{
	uint64		bits;

	if (value == 0)
		value = fabs(value);	/* equal to its negative */
	else if (isnan(value))
		value = get_float8_nan();
	memcpy(&bits, &value, sizeof(bits));
	return HashInteger(bits);
}

static uint32
HashOf(ColumnProfile *c, Datum value)
{
	switch (c->kind)
	{
		case VALUE_INTEGER:
			return HashInteger((uint64) AsInteger(c, value));
		case VALUE_FLOAT:
			return HashFloat(AsFloat(c, value));
		case VALUE_BYTES:
			return hash_bytes((const unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
		default:
			return DatumGetUInt32(FunctionCall1Coll(c->hash, c->att.attcollation, value));
	}
}

static int
Sign(bool less, bool greater)
{
	return (greater ? 1 : 0) - (less ? 1 : 0);
}

static int
CompareValues(ColumnProfile *c, Datum a, Datum b)
{
	switch (c->kind)
	{
		case VALUE_INTEGER:
			return Sign(AsInteger(c, a) < AsInteger(c, b), AsInteger(c, a) > AsInteger(c, b));
		case VALUE_FLOAT:
			return float8_cmp_internal(AsFloat(c, a), AsFloat(c, b));
		case VALUE_BYTES:
			return varstr_cmp(VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(b),
							  c->att.attcollation);
		default:
			return DatumGetInt32(FunctionCall2Coll(c->compare, c->att.attcollation, a, b));
	}
}

static bool
AreEqual(ColumnProfile *c, Datum a, Datum b)
{
	switch (c->kind)
	{
		case VALUE_INTEGER:
			return a == b;
		case VALUE_FLOAT:
			return float8_cmp_internal(AsFloat(c, a), AsFloat(c, b)) == 0;
		case VALUE_BYTES:
			return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
				memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
		default:
			return DatumGetBool(FunctionCall2Coll(c->equal, c->att.attcollation, a, b));
	}
}

static Datum
CopyValue(ColumnProfile *c, Datum value)
{
	MemoryContext caller = MemoryContextSwitchTo(c->cxt);
	Datum		copy = datumCopy(value, c->att.attbyval, c->att.attlen);

	MemoryContextSwitchTo(caller);
	return copy;
}

static void
Replace(ColumnProfile *c, Datum *place, Datum value)
{
	Datum		old = *place;

	*place = CopyValue(c, value);
	if (!c->att.attbyval)
		pfree(DatumGetPointer(old));
}

/* ---- collection ---- */

static void
AddToLimits(ColumnProfile *c, Datum value)
{
	if (!c->has_limits)
	{
		c->min = CopyValue(c, value);
		c->max = CopyValue(c, value);
		c->has_limits = true;
	}
	else if (CompareValues(c, value, c->max) > 0)
		Replace(c, &c->max, value);
	else if (CompareValues(c, value, c->min) < 0)
		Replace(c, &c->min, value);
}

static bool
HasMean(const ColumnProfile *c)
{
	return c->type == INT2OID || c->type == INT4OID || c->type == INT8OID ||
		c->type == FLOAT4OID || c->type == FLOAT8OID || c->type == NUMERICOID;
}

/* What is lost by rounding is added in the end. */
static void
AddToSum(ColumnProfile *c, double value)
{
	double		sum = c->sum + value;

	if (fabs(c->sum) >= fabs(value))
		c->lost += (c->sum - sum) + value;
	else
		c->lost += (value - sum) + c->sum;
	c->sum = sum;
}

static void
AddToMean(ColumnProfile *c, Datum value)
{
	if (c->kind == VALUE_INTEGER)
		AddToSum(c, (double) AsInteger(c, value));
	else if (c->kind == VALUE_FLOAT)
		AddToSum(c, AsFloat(c, value));
	else
		AddToSum(c, DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value)));
}

/* The place of a value in the table, or the free one where it belongs. */
static ValueCount *
PlaceOf(ColumnProfile *c, Datum value, uint32 hash)
{
	uint32		at = hash % TABLE_SIZE;

	while (c->values[at].count > 0 &&
		   (c->values[at].hash != hash || !AreEqual(c, c->values[at].value, value)))
		at = (at + 1) % TABLE_SIZE;
	return &c->values[at];
}

static void
GiveUpCounting(ColumnProfile *c)
{
	for (int i = 0; i < TABLE_SIZE && !c->att.attbyval; i++)
		if (c->values[i].count > 0)
			pfree(DatumGetPointer(c->values[i].value));
	pfree(c->values);
	c->values = NULL;
}

static void
CountValue(ColumnProfile *c, Datum value, uint32 hash)
{
	ValueCount *place = PlaceOf(c, value, hash);

	if (place->count == 0)
	{
		if (c->nvalues == MOST_VALUES)
		{
			GiveUpCounting(c);
			return;
		}
		place->value = CopyValue(c, value);
		place->hash = hash;
		c->nvalues++;
	}
	place->count++;
}

static void
AddValue(ColumnProfile *c, Datum value)
{
	if (c->compare != NULL)
		AddToLimits(c, value);
	if (HasMean(c))
		AddToMean(c, value);
	if (c->hash != NULL)
	{
		uint32		hash = HashOf(c, value);

		addHyperLogLog(&c->estimate, hash);
		if (c->values != NULL)
			CountValue(c, value, hash);
	}
}

static Datum
Plain(const ColumnProfile *c, Datum value)
{
	return c->att.attlen == -1 ? PointerGetDatum(PG_DETOAST_DATUM_PACKED(value)) : value;
}

void
ColumnProfileAdd(ColumnProfile *c, Datum value, bool isnull)
{
	c->count++;
	if (isnull)
	{
		c->nulls++;
		return;
	}
	if (c->att.attbyval)
		AddValue(c, value);
	else
	{
		MemoryContext caller = MemoryContextSwitchTo(c->scratch);

		AddValue(c, Plain(c, value));
		MemoryContextSwitchTo(caller);
		MemoryContextReset(c->scratch);
	}
}

void
ColumnProfileKeep(ColumnProfile *c, int place, Datum value, bool isnull)
{
	if (c->has_sample[place] && !c->att.attbyval)
		pfree(DatumGetPointer(c->sample[place]));
	c->has_sample[place] = !isnull &&
		(c->att.attlen != -1 || toast_raw_datum_size(value) <= LONGEST_KEPT);
	if (c->has_sample[place])
	{
		MemoryContext caller = MemoryContextSwitchTo(c->scratch);

		c->sample[place] = CopyValue(c, Plain(c, value));
		MemoryContextSwitchTo(caller);
		MemoryContextReset(c->scratch);
	}
}

/* ---- results ---- */

static char *
Shown(const ColumnProfile *c, Datum value)
{
	char	   *text = TextOfValue(c->att.atttypid, value);
	int			length = strlen(text);

	if (length > LONGEST_SHOWN)
		text[pg_mbcliplen(text, length, LONGEST_SHOWN)] = '\0';
	return text;
}

static int
CompareInSample(const void *a, const void *b, void *arg)
{
	return CompareValues(arg, *(const Datum *) a, *(const Datum *) b);
}

static int
SortedSample(ColumnProfile *c, int kept)
{
	int			n = 0;

	for (int i = 0; i < kept; i++)
		if (c->has_sample[i])
			c->sample[n++] = c->sample[i];
	memset(c->has_sample, true, n);
	if (c->compare != NULL)
		qsort_arg(c->sample, n, sizeof(Datum), CompareInSample, c);
	return n;
}

static void
AppendJson(StringInfo json, const char *text)
{
	escape_json(json, text);
}

static char *
Quantiles(ColumnProfile *c, int n)
{
	static const char *const fractions[] = {"0.05", "0.25", "0.5", "0.75", "0.95"};
	StringInfoData json;

	if (c->compare == NULL || n == 0)
		return NULL;
	initStringInfo(&json);
	for (int i = 0; i < lengthof(fractions); i++)
	{
		int			at = (int) ceil(strtod(fractions[i], NULL) * n) - 1;

		appendStringInfo(&json, "%s\"%s\": ", i == 0 ? "{" : ", ", fractions[i]);
		AppendJson(&json, Shown(c, c->sample[Max(at, 0)]));
	}
	appendStringInfoChar(&json, '}');
	return json.data;
}

static int
CompareCounts(const void *a, const void *b, void *arg)
{
	const ValueCount *x = a;
	const ValueCount *y = b;
	ColumnProfile *c = arg;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return c->compare == NULL || x->count == 0 ? 0 : CompareValues(c, x->value, y->value);
}

/* Of equal values that lie together in the sorted sample. */
static ValueCount *
CountSample(ColumnProfile *c, int n, int *ncounts)
{
	ValueCount *counts = palloc0(sizeof(ValueCount) * Max(n, 1));

	*ncounts = 0;
	for (int i = 0; i < n; i++)
	{
		if (i == 0 || CompareValues(c, c->sample[i - 1], c->sample[i]) != 0)
			counts[(*ncounts)++].value = c->sample[i];
		counts[*ncounts - 1].count++;
	}
	return counts;
}

static char *
TopOf(ColumnProfile *c, ValueCount *counts, int ncounts, double total)
{
	StringInfoData json;

	qsort_arg(counts, ncounts, sizeof(ValueCount), CompareCounts, c);
	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	for (int i = 0; i < Min(ncounts, TOP_VALUES) && counts[i].count > 0; i++)
	{
		appendStringInfo(&json, "%s{\"value\": ", i == 0 ? "" : ", ");
		AppendJson(&json, Shown(c, counts[i].value));
		appendStringInfo(&json, ", \"share\": %.4g}", counts[i].count / total);
	}
	appendStringInfoChar(&json, ']');
	return json.data;
}

static char *
TopValues(ColumnProfile *c, int n)
{
	int			ncounts = TABLE_SIZE;
	ValueCount *counts = c->values;

	if (c->count == c->nulls)
		return NULL;
	if (counts != NULL)
		return TopOf(c, counts, ncounts, (double) (c->count - c->nulls));
	if (c->compare == NULL || n == 0)
		return NULL;
	counts = CountSample(c, n, &ncounts);
	return TopOf(c, counts, ncounts, n);
}

static void
FindPattern(const ColumnProfile *c, int n, ColumnFacts *facts)
{
	TextShapes *shapes;

	if (c->kind != VALUE_BYTES || n == 0)
		return;
	shapes = TextShapesBegin();
	for (int i = 0; i < n; i++)
		TextShapesAdd(shapes, VARDATA_ANY(c->sample[i]), VARSIZE_ANY_EXHDR(c->sample[i]));
	facts->pattern = TextShapesPattern(shapes, &facts->pattern_share);
}

ColumnFacts
ColumnProfileFacts(ColumnProfile *c, int kept)
{
	ColumnFacts facts = {.nulls = c->nulls, .distinct = -1};
	int			n = SortedSample(c, kept);

	if (c->hash != NULL)
	{
		facts.exact = c->values != NULL;
		facts.distinct = facts.exact ? c->nvalues : (int64) rint(estimateHyperLogLog(&c->estimate));
	}
	if (c->has_limits)
	{
		facts.min = Shown(c, c->min);
		facts.max = Shown(c, c->max);
	}
	facts.has_mean = HasMean(c) && c->count > c->nulls;
	facts.mean = facts.has_mean ? (c->sum + c->lost) / (c->count - c->nulls) : 0;
	facts.quantiles = Quantiles(c, n);
	FindPattern(c, n, &facts);
	facts.top = TopValues(c, n);
	return facts;
}
