/*
 * row_hash.c
 *	  Hashes of rows, which tell whether two sets of rows are the same, in whatever order.
 *
 * Sums keep rows that come twice apart from those that come once, which an exclusive or would not.
 */
#include "base/compat.h"
#include "sink/row_hash.h"

#include "base/type_text.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#define NULL_HASH UINT64CONST(0x9e3779b97f4a7c15)
#define FACTOR UINT64CONST(0xff51afd7ed558ccd)

typedef struct HashColumn
{
	FmgrInfo   *hash;			/* NULL: of its text, or of its bytes */
	FmgrInfo	output;
	int			nbytes;			/* of a float, whose zeros and NaNs are told apart; else 0 */
} HashColumn;

struct RowHasher
{
	int			ncolumns;
	HashColumn *columns;
	MemoryContext row_cxt;
};

RowHasher *
RowHasherFor(TupleDesc desc)
{
	RowHasher  *hasher = palloc0(sizeof(RowHasher));

	hasher->ncolumns = desc->natts;
	hasher->columns = palloc0(sizeof(HashColumn) * desc->natts);
	hasher->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "elt row hash",
											ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < desc->natts; i++)
	{
		HashColumn *column = &hasher->columns[i];
		Oid			type = getBaseType(TupleDescAttr(desc, i)->atttypid);
		TypeCacheEntry *cache = lookup_type_cache(type, TYPECACHE_HASH_EXTENDED_PROC_FINFO);

		OutputFunctionOf(type, &column->output);
		column->nbytes = type == FLOAT8OID ? sizeof(float8) : type == FLOAT4OID ? sizeof(float4) : 0;
		if (OidIsValid(cache->hash_extended_proc_finfo.fn_oid))
			column->hash = &cache->hash_extended_proc_finfo;
	}
	return hasher;
}

static uint64
HashBytes(const void *bytes, size_t len)
{
	return hash_bytes_extended(bytes, (int) len, 0);
}

static uint64
HashValue(HashColumn *column, Datum value)
{
	char	   *text;

	if (column->nbytes == sizeof(float8))
	{
		float8		number = DatumGetFloat8(value);

		return HashBytes(&number, sizeof(number));
	}
	if (column->nbytes == sizeof(float4))
	{
		float4		number = DatumGetFloat4(value);

		return HashBytes(&number, sizeof(number));
	}
	if (column->hash != NULL)
		return DatumGetUInt64(FunctionCall2Coll(column->hash, C_COLLATION_OID, value,
												Int64GetDatum(0)));
	text = OutputFunctionCall(&column->output, value);
	return HashBytes(text, strlen(text));
}

void
RowSumAdd(RowHasher *hasher, RowSum *sum, const Datum *values, const bool *nulls)
{
	MemoryContext caller = MemoryContextSwitchTo(hasher->row_cxt);
	uint64		row = 0;

	for (int i = 0; i < hasher->ncolumns; i++)
	{
		row = ((row << 23) | (row >> 41)) * FACTOR;
		row ^= nulls[i] ? NULL_HASH : HashValue(&hasher->columns[i], values[i]);
	}
	sum->rows++;
	sum->hash += row * FACTOR;
	MemoryContextSwitchTo(caller);
	MemoryContextReset(hasher->row_cxt);
}
