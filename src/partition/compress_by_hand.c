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
#include "partition/hold.h"
#include "partition/ledger.h"
#include "partition/maintain.h"
#include "partition/pack.h"
#include "partition/pack_part.h"
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

/* A packed partition is no longer one of the table, but the ledger knows its foreign table. */
static bool
FindPacked(Oid foreign, bool dry_run, Named *named)
{
	Oid			relation;

	if (get_rel_relkind(foreign) != RELKIND_FOREIGN_TABLE ||
		LedgerOfPacked(foreign, &relation) == NULL)
		return false;
	(void) RelationsOfCaller(relation);
	named->policy = PolicyOf(relation);
	if (!dry_run)
		RetentionTakeTurn(named->policy);
	named->row = LedgerOfPacked(foreign, &relation);
	return named->row != NULL;
}

static Named
FindNamed(Oid part, bool dry_run)
{
	Named		named;
	Oid			relation;

	if (FindPacked(part, dry_run, &named))
		return named;
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

/* ---- packed ---- */

static bool
IsPacked(const char *form)
{
	if (strcmp(form, "sorted") != 0 && strcmp(form, "packed") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"form\": \"%s\"", form),
				 errhint("Valid values are \"sorted\" and \"packed\".")));
	return strcmp(form, "packed") == 0;
}

static Compression *
EstimatePacked(const Named *named)
{
	Compression *c = palloc0(sizeof(Compression));
	Oid			part = named->row->part.relid;
	PackedShape *shape = PackedShapeRequired(part, named->policy->column);
	ListCell   *lc;

	c->order_by = lappend(list_copy(shape->keys), shape->time);
	c->bytes_before = PartBytes(part);
	foreach(lc, LeavesOf(part))
	{
		SampleSize	size = SamplePacked(lfirst_oid(lc), shape);

		c->rows += size.table_rows;
		c->bytes_after += size.bytes;
	}
	return c;
}

/* The same steps as those of the action. */
static Compression *
Pack(const Named *named)
{
	const ChainStep step = {.action = &pack_action};
	PartWork	work = {.policy = named->policy, .chain = &step, .row = named->row};
	bool		is_wanted;
	char	   *reason = PartHeldBy(&work, &is_wanted);

	if (reason != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("partition \"%s\" is held", named->row->name),
				 errdetail("%s.", reason)));
	RetentionDo(&work);
	return CompressionOf(named->row->compression);
}

static Compression *
Compress(const Named *named, bool packed, const char *order_by, bool brin)
{
	Oid			part = named->row->part.relid;
	Compression *c;

	if (packed)
		return Pack(named);
	c = CompressPart(named->policy, part, order_by, brin);
	SqlExec(psprintf("ANALYZE %s", QuotedRelation(part)), RelationOwner(named->policy->relation));
	SaveCompressed(named, c);
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
	const char *order_by = TextArgOrNull(fcinfo, 2);
	Oid			part = PG_GETARG_OID(0);
	bool		packed,
				brin;
	Named		named;
	Compression *c;
	List	   *kept = NIL;
	List	   *replaced = NIL;
	Datum		result;

	RequireArg(fcinfo, 0, "partition");
	RequireArg(fcinfo, 1, "form");
	RequireArg(fcinfo, 3, "brin");
	RequireArg(fcinfo, 4, "dry_run");
	packed = IsPacked(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	brin = PG_GETARG_BOOL(3);
	RowOrderCheckName(order_by);
	SPI_connect();
	named = FindNamed(part, PG_GETARG_BOOL(4));
	if (StateOf(named.row) == PART_PACKED)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("partition \"%s\" is packed", named.row->name)));
	if (!packed)
		kept = IndexNames(part, false);
	if (brin && !packed)
		replaced = IndexNames(part, true);
	else if (!packed)
		kept = list_concat(kept, IndexNames(part, true));
	if (!PG_GETARG_BOOL(4))
		c = Compress(&named, packed, order_by, brin);
	else
		c = packed ? EstimatePacked(&named) : Estimate(&named, order_by, brin);
	MemoryContextSwitchTo(caller);
	result = CompressResult(fcinfo, &named, c, kept, replaced);
	SPI_finish();
	return result;
}

/* ---- back ---- */

static Compression *
Decompress(Named *named)
{
	LedgerRow  *row = named->row;
	Compression *c;

	if (StateOf(row) == PART_PACKED)
		return UnpackPart(named->policy, row);
	c = CompressionOf(row->compression);
	DecompressPart(named->policy, row->part.relid, c);
	row->compression = NULL;
	LedgerSave(named->policy->relation, row);
	return c;
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
	if (!PG_GETARG_BOOL(1))
		c = Decompress(&named);
	else
	{
		c = CompressionOf(named.row->compression);
		c->bytes_after = c->bytes_before;
		c->bytes_before = PartBytes(PG_GETARG_OID(0));
	}
	MemoryContextSwitchTo(caller);
	result = DecompressResult(fcinfo, &named, c);
	SPI_finish();
	return result;
}
