/*
 * compression_advice.c
 *	  elt.compression_advice: what each form of compression would save, measured on a sample.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "funcapi.h"
#include "partition/compress_part.h"
#include "partition/compress_trial.h"
#include "partition/maintain.h"
#include "partition/pack_shape.h"
#include "partition/parts.h"
#include "partition/row_order.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

#define NCOLUMNS 9
/* A form that leaves more than this part of the size is not worth the work. */
#define MOST_RATIO 0.95

PG_FUNCTION_INFO_V1(elt_compression_advice);

typedef struct Advice
{
	ReturnSetInfo *result;
	const Policy *policy;
	Oid			part;
	Oid			leaf;			/* that is tried */
	int64		bytes_before;	/* of the leaf */
} Advice;

/* The largest, but not the newest one: its rows still come. */
static Oid
LargestOld(const Policy *policy)
{
	List	   *parts = PartsOf(policy);
	Oid			largest = InvalidOid;
	int64		most = -1;
	ListCell   *lc;

	foreach(lc, parts)
	{
		Oid			part = ((Part *) lfirst(lc))->relid;
		int64		bytes = lnext(parts, lc) == NULL ? -1 : PartBytes(part);

		if (bytes <= most)
			continue;
		most = bytes;
		largest = part;
	}
	return largest;
}

static Oid
LargestLeaf(Oid part)
{
	Oid			largest = part;
	int64		most = -1;
	ListCell   *lc;

	foreach(lc, LeavesOf(part))
	{
		int64		bytes = PartBytes(lfirst_oid(lc));

		if (bytes <= most)
			continue;
		most = bytes;
		largest = lfirst_oid(lc);
	}
	return largest;
}

static Datum
Ratio(int64 after, int64 before)
{
	Datum		ratio = DirectFunctionCall2(numeric_div, NumericGetDatum(int64_to_numeric(after)),
											NumericGetDatum(int64_to_numeric(Max(before, 1))));

	return DirectFunctionCall2(numeric_round, ratio, Int32GetDatum(3));
}

static char *
Statement(const Advice *a, const char *options)
{
	return psprintf("SELECT * FROM elt.compress_partition(%s%s);",
					quote_literal_cstr(QuotedRelation(a->part)), options);
}

static void
Put(const Advice *a, const char *form, List *sorted_by, int64 rows, int64 bytes, const char *options)
{
	bool		helps = (double) bytes <= MOST_RATIO * (double) a->bytes_before;
	bool		nulls[NCOLUMNS] = {[7] = helps,[8] = !helps};
	Datum		values[NCOLUMNS] = {
		CStringGetTextDatum(form),
		CStringGetTextDatum(get_rel_name(a->leaf)),
		CStringGetTextDatum(QuotedColumns(sorted_by, NULL)),
		Int64GetDatum(rows),
		Int64GetDatum(a->bytes_before),
		Int64GetDatum(bytes),
		Ratio(bytes, a->bytes_before),
		CStringGetTextDatum("less than a twentieth would be saved"),
		CStringGetTextDatum(Statement(a, options))
	};

	tuplestore_putvalues(a->result->setResult, a->result->setDesc, values, nulls);
}

static void
PutReason(const Advice *a, const char *form, const char *reason)
{
	bool		nulls[NCOLUMNS] = {false, false, true, true, false, true, true, false, true};
	Datum		values[NCOLUMNS] = {
		CStringGetTextDatum(form),
		CStringGetTextDatum(get_rel_name(a->leaf)),
		[4] = Int64GetDatum(a->bytes_before),
		[7] = CStringGetTextDatum(reason)
	};

	tuplestore_putvalues(a->result->setResult, a->result->setDesc, values, nulls);
}

static void
AdviseSorted(const Advice *a)
{
	RowOrder   *order = RowOrderOf(a->leaf, a->policy->column, NULL);
	SampleSize	size = SampleSorted(a->leaf, order->columns);

	Put(a, "sorted", order->columns, size.table_rows, size.bytes, "");
	if (ReplaceableIndexes(a->leaf) == NIL)
		PutReason(a, "sorted, brin", "no index of the partition can be replaced by a BRIN index");
	else
		Put(a, "sorted, brin", order->columns, size.table_rows, size.brin_bytes, ", brin => true");
}

static void
AdvisePacked(const Advice *a)
{
	char	   *why;
	PackedShape *shape = PackedShapeOf(a->leaf, a->policy->column, &why);
	SampleSize	size;

	if (shape == NULL)
	{
		PutReason(a, "packed", why);
		return;
	}
	size = SamplePacked(a->leaf, shape);
	Put(a, "packed", lappend(list_copy(shape->keys), shape->time), size.table_rows, size.bytes,
		", form => 'packed'");
}

Datum
elt_compression_advice(PG_FUNCTION_ARGS)
{
	Advice		a = {(ReturnSetInfo *) fcinfo->resultinfo};

	RequireArg(fcinfo, 0, "relation");
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	(void) RelationsOfCaller(PG_GETARG_OID(0));
	a.policy = PolicyOf(PG_GETARG_OID(0));
	a.part = a.policy->by_rows ? InvalidOid : LargestOld(a.policy);
	if (OidIsValid(a.part))
	{
		a.leaf = LargestLeaf(a.part);
		a.bytes_before = PartBytes(a.leaf);
		AdviseSorted(&a);
		AdvisePacked(&a);
	}
	SPI_finish();
	return (Datum) 0;
}
