/*
 * parquet_bounds.c
 *	  What of a Parquet file need not be read, because bounds of its values say that no row is wanted.
 *
 * Bounds are used where the order of the column's type is that of the file, and where they are converted as
 * values are. What they do not tell for certain is read.
 */
#include "base/compat.h"

#include "decode/parquet_private.h"

#include "access/stratnum.h"
#include "catalog/pg_collation.h"
#include "utils/lsyscache.h"
#include "utils/pg_locale.h"

typedef enum SaidOrder
{
	ORDER_UNKNOWN,
	ORDER_OF_TYPE,				/* as the comparison function has it */
	ORDER_OF_FLOAT,				/* the same, but some values may be NaN, of which bounds do not tell */
	ORDER_OF_BYTES				/* of text, by its bytes */
} SaidOrder;

static SaidOrder
OrderOf(const ParquetField *f, const DecodeBound *bound)
{
	switch (f->cell)
	{
		case PARQUET_CELL_INTEGER:
		case PARQUET_CELL_INT4:
		case PARQUET_CELL_INT8:
		case PARQUET_CELL_WHOLE_NUMERIC:
		case PARQUET_CELL_DECIMAL:
		case PARQUET_CELL_DATE:
		case PARQUET_CELL_TIME:
		case PARQUET_CELL_LOCAL_TIME:
		case PARQUET_CELL_UUID:
		case PARQUET_CELL_BYTEA:
			return ORDER_OF_TYPE;
		case PARQUET_CELL_FLOAT4:
		case PARQUET_CELL_FLOAT8:
		case PARQUET_CELL_DOUBLE:
			return f->node->meaning == PARQUET_MEANS_HALF ? ORDER_UNKNOWN : ORDER_OF_FLOAT;
		case PARQUET_CELL_INSTANT:
			/* local times go back when clocks do */
			return f->converter.kind == CONVERT_TIMESTAMPTZ ? ORDER_OF_TYPE : ORDER_UNKNOWN;
		case PARQUET_CELL_STRING:
			if (f->converter.kind != CONVERT_TEXT || f->converter.spelling != NULL ||
				f->converter.ascii_only || f->node->meaning == PARQUET_MEANS_JSON)
				return ORDER_UNKNOWN;
			if (bound->strategy == BTEqualStrategyNumber)
				return get_collation_isdeterministic(bound->collation) ? ORDER_OF_BYTES : ORDER_UNKNOWN;
			return CollationIsC(bound->collation) ? ORDER_OF_BYTES : ORDER_UNKNOWN;
		default:
			return ORDER_UNKNOWN;
	}
}

/* ---- one bound ---- */

static int
CompareBytes(const char *said, size_t len, const DecodeBound *bound)
{
	const struct varlena *text = PG_DETOAST_DATUM_PACKED(bound->value);
	size_t		text_len = VARSIZE_ANY_EXHDR(text);
	int			order = memcmp(said, VARDATA_ANY(text), Min(len, text_len));

	return order != 0 ? order : (len > text_len) - (len < text_len);
}

/* How what is said compares with the bound; false: it is not known. */
static bool
CompareSaid(ParquetDecoder *d, const ParquetField *f, const DecodeBound *bound, SaidOrder order,
			const char *said, size_t len, int *result)
{
	ParquetBytes bytes = {said, (int) len};
	ParquetArray array = {1, f->node->width, said, &bytes};
	Datum		value;

	if (said == NULL || len > d->record_memory || (f->node->width > 0 && len != f->node->width))
		return false;
	if (order == ORDER_OF_BYTES)
	{
		*result = CompareBytes(said, len, bound);
		return true;
	}
	if (order == ORDER_OF_FLOAT && isnan(ParquetFloatAt(f->node, &array, 0)))
		return false;
	if (!ParquetCellDatum(f, d->keeper, &array, 0, &value))
		return false;
	*result = DatumGetInt32(FunctionCall2Coll(unconstify(FmgrInfo *, &bound->compare), bound->collation,
											  value, bound->value));
	return true;
}

/* A value that is NaN is greater than all others, and outside of what bounds say. */
static bool
MayBeNan(const DecodeBound *bound, SaidOrder order)
{
	return order == ORDER_OF_FLOAT && bound->strategy >= BTEqualStrategyNumber;
}

bool
ParquetIsOutside(ParquetDecoder *d, const ParquetField *f, const DecodeBound *bound,
				 const ParquetBounds *said, int64 nrows)
{
	SaidOrder	order = OrderOf(f, bound);
	bool		has_min;
	bool		has_max;
	int			min;
	int			max;

	if (nrows > 0 && said->nulls == nrows)
		return true;
	if (order == ORDER_UNKNOWN)
		return false;
	has_min = CompareSaid(d, f, bound, order, said->min, said->min_len, &min);
	has_max = !MayBeNan(bound, order) && CompareSaid(d, f, bound, order, said->max, said->max_len, &max);
	switch (bound->strategy)
	{
		case BTLessStrategyNumber:
			return has_min && min >= 0;
		case BTLessEqualStrategyNumber:
			return has_min && min > 0;
		case BTEqualStrategyNumber:
			return (has_min && min > 0) || (has_max && max < 0);
		case BTGreaterEqualStrategyNumber:
			return has_max && max < 0;
		case BTGreaterStrategyNumber:
			return has_max && max <= 0;
		default:
			return false;
	}
}

/* ---- row groups ---- */

const ParquetField *
ParquetFieldOf(const ParquetDecoder *d, AttrNumber attnum)
{
	for (int i = 0; i < d->nfields; i++)
		if (d->fields[i].converter.attindex == attnum - 1)
			return &d->fields[i];
	return NULL;
}

bool
ParquetGroupIsOutside(ParquetDecoder *d, int64 nrows)
{
	ListCell   *lc;

	foreach(lc, d->bounds)
	{
		const DecodeBound *bound = lfirst(lc);
		const ParquetField *f = ParquetFieldOf(d, bound->attnum);

		if (f != NULL && f->column != NULL &&
			ParquetIsOutside(d, f, bound, &d->chunks[ParquetSlotOf(d, f->node)].bounds, nrows))
			return true;
	}
	return false;
}
