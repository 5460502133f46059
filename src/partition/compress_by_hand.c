/*
 * compress_by_hand.c
 *	  elt.compress_partition and elt.decompress_partition.
 */
#include "base/compat.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "partition/compress_part.h"
#include "partition/ledger.h"
#include "partition/maintain.h"
#include "partition/retention.h"
#include "partition/row_order.h"
#include "partition/compress_trial.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(elt_compress_partition);
PG_FUNCTION_INFO_V1(elt_decompress_partition);

/* A partition that was named, and its table. */
typedef struct Named
{
	const Policy *policy;
	LedgerRow  *row;
} Named;

static const Part *
PartNamed(const Policy *policy, Oid part)
{
	ListCell   *lc;

	foreach(lc, PartsOf(policy))
		if (((Part *) lfirst(lc))->relid == part)
			return lfirst(lc);
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("partition \"%s\" has no bounds", RelationLabel(part)),
			 errhint("A default partition cannot be compressed.")));
	return NULL;
}

static Named
FindNamed(Oid part, bool dry_run)
{
	Named		named;
	Oid			relation;

	if (!get_rel_relispartition(part))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a partition", RelationLabel(part))));
	relation = get_partition_parent(part, false);
	(void) RelationsOfCaller(relation);
	named.policy = PolicyOf(relation);
	if (!dry_run)
		RetentionTakeTurn(named.policy);
	named.row = LedgerOf(relation, PartNamed(named.policy, part));
	return named;
}

/* Names of the indexes of a partition (char *) that a BRIN index would replace, or that stay. */
static List *
IndexNames(Oid part, bool replaceable)
{
	List	   *names = NIL;
	ListCell   *leaf;

	foreach(leaf, LeavesOf(part))
	{
		List	   *can_go = ReplaceableIndexes(lfirst_oid(leaf));
		Sql			q;
		ListCell   *lc;

		SqlBegin(&q, "select indexrelid from pg_index where indrelid = $1 order by 1");
		SqlAddOid(&q, OIDOID, lfirst_oid(leaf));
		foreach(lc, SqlDoOids(&q, AsCatalog()))
			if (list_member_oid(can_go, lfirst_oid(lc)) == replaceable)
				names = lappend(names, get_rel_name(lfirst_oid(lc)));
	}
	return names;
}

/* The chain does not do it once more. */
static void
SaveCompressed(const Named *named, const Compression *c)
{
	LedgerRow  *row = named->row;

	row->compression = CompressionText(c);
	if (!NamesContain(row->actions, "compress"))
		row->actions = lappend(row->actions, "compress");
	LedgerSave(named->policy->relation, row);
}

static Compression *
Estimate(const Named *named, const char *order_by, bool brin)
{
	Compression *c = palloc0(sizeof(Compression));
	ListCell   *lc;

	c->bytes_before = PartBytes(named->row->part.relid);
	foreach(lc, LeavesOf(named->row->part.relid))
	{
		RowOrder   *order = RowOrderOf(lfirst_oid(lc), named->policy->column, order_by);
		SampleSize	size = SampleSorted(lfirst_oid(lc), order->columns);

		if (c->order_by == NIL)
			c->order_by = order->columns;
		c->rows += size.table_rows;
		c->bytes_after += brin ? size.brin_bytes : size.bytes;
	}
	return c;
}

static Datum
CompressResult(FunctionCallInfo fcinfo, const Named *named, const Compression *c, List *kept,
			   List *replaced)
{
	TupleDesc	desc;
	Datum		values[7];
	bool		nulls[7] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != 7)
		elog(ERROR, "elt.compress_partition must return 7 columns");
	values[0] = CStringGetTextDatum(named->row->name);
	values[1] = CStringGetTextDatum(QuotedColumns(c->order_by, NULL));
	values[2] = Int64GetDatum(c->rows);
	values[3] = Int64GetDatum(c->bytes_before);
	values[4] = Int64GetDatum(c->bytes_after);
	values[5] = TextArrayDatum(kept);
	values[6] = TextArrayDatum(replaced);
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

Datum
elt_compress_partition(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	const char *order_by = TextArgOrNull(fcinfo, 1);
	bool		brin,
				dry_run;
	Named		named;
	Compression *c;
	List	   *kept;
	List	   *replaced;
	Datum		result;

	RequireArg(fcinfo, 0, "partition");
	RequireArg(fcinfo, 2, "brin");
	RequireArg(fcinfo, 3, "dry_run");
	brin = PG_GETARG_BOOL(2);
	dry_run = PG_GETARG_BOOL(3);
	RowOrderCheckName(order_by);
	SPI_connect();
	named = FindNamed(PG_GETARG_OID(0), dry_run);
	replaced = brin ? IndexNames(PG_GETARG_OID(0), true) : NIL;
	kept = list_concat(IndexNames(PG_GETARG_OID(0), false),
					   brin ? NIL : IndexNames(PG_GETARG_OID(0), true));
	if (dry_run)
		c = Estimate(&named, order_by, brin);
	else
	{
		c = CompressPart(named.policy, PG_GETARG_OID(0), order_by, brin);
		SqlExec(psprintf("ANALYZE %s", QuotedRelation(PG_GETARG_OID(0))),
				RelationOwner(named.policy->relation));
		SaveCompressed(&named, c);
	}
	MemoryContextSwitchTo(caller);
	result = CompressResult(fcinfo, &named, c, kept, replaced);
	SPI_finish();
	return result;
}

static Datum
DecompressResult(FunctionCallInfo fcinfo, const Named *named, const Compression *c)
{
	TupleDesc	desc;
	Datum		values[4];
	bool		nulls[4] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != 4)
		elog(ERROR, "elt.decompress_partition must return 4 columns");
	values[0] = CStringGetTextDatum(named->row->name);
	values[1] = Int64GetDatum(c->bytes_before);
	values[2] = Int64GetDatum(c->bytes_after);
	values[3] = TextArrayDatum(c->indexes);
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

Datum
elt_decompress_partition(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	Named		named;
	Compression *c;
	Datum		result;

	RequireArg(fcinfo, 0, "partition");
	RequireArg(fcinfo, 1, "dry_run");
	SPI_connect();
	named = FindNamed(PG_GETARG_OID(0), PG_GETARG_BOOL(1));
	if (named.row->compression == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("partition \"%s\" is not compressed", named.row->name)));
	c = CompressionOf(named.row->compression);
	if (!PG_GETARG_BOOL(1))
	{
		DecompressPart(named.policy, PG_GETARG_OID(0), c);
		named.row->compression = NULL;
		LedgerSave(named.policy->relation, named.row);
	}
	else
		c->bytes_before = PartBytes(PG_GETARG_OID(0));
	MemoryContextSwitchTo(caller);
	result = DecompressResult(fcinfo, &named, c);
	SPI_finish();
	return result;
}
