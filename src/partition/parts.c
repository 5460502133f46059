/*
 * parts.c
 *	  Read the partitions of a table from its partition descriptor.
 */
#include "base/compat.h"
#include "partition/parts.h"

#include <sys/stat.h>

#include "access/relation.h"
#include "base/iso.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "partition/grid.h"
#include "partitioning/partbounds.h"
#include "partitioning/partdesc.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

char *
PartitionColumn(Oid relation)
{
	Relation	rel;
	PartitionKey key;
	char	   *column = NULL;

	if (get_rel_relkind(relation) != RELKIND_PARTITIONED_TABLE)
		return NULL;
	rel = RelationOpen(relation, AccessShareLock);
	key = RelationGetPartitionKey(rel);
	if (key->strategy == PARTITION_STRATEGY_RANGE && key->partnatts == 1 &&
		key->partattrs[0] != 0)
		column = get_attname(relation, key->partattrs[0], false);
	relation_close(rel, AccessShareLock);
	return column;
}

static int64
IntegerOf(Oid type, Datum value)
{
	if (type == INT8OID)
		return DatumGetInt64(value);
	return type == INT4OID ? DatumGetInt32(value) : DatumGetInt16(value);
}

/* Numbers that are no time lie before or after all times. */
static TimestampTz
EpochInstant(const Policy *policy, int64 value)
{
	TimestampTz at;

	if (pg_mul_s64_overflow(value, EpochUnit(policy), &at) ||
		pg_add_s64_overflow(at, UNIX_EPOCH, &at) || !IS_VALID_TIMESTAMP(at))
		return value < 0 ? DT_NOBEGIN : DT_NOEND;
	return at;
}

static TimestampTz
InstantOf(const Policy *policy, Datum value)
{
	switch (policy->column_type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			if (policy->epoch != NULL)
				return EpochInstant(policy, IntegerOf(policy->column_type, value));
			return IntegerOf(policy->column_type, value);
		case TIMESTAMPTZOID:
			return DatumGetTimestampTz(value);
		case TIMESTAMPOID:
			return GridInstant(policy, DatumGetTimestamp(value));
		default:
			return GridInstant(policy,
							   DatumGetTimestamp(DirectFunctionCall1(date_timestamp, value)));
	}
}

static TimestampTz
BoundOf(const Policy *policy, PartitionBoundInfo bounds, int i)
{
	switch (bounds->kind[i][0])
	{
		case PARTITION_RANGE_DATUM_MINVALUE:
			return DT_NOBEGIN;
		case PARTITION_RANGE_DATUM_MAXVALUE:
			return DT_NOEND;
		default:
			return InstantOf(policy, bounds->datums[i][0]);
	}
}

/* indexes[i] is the partition that ends at bound i, -1 where a gap does. */
List *
PartsOf(const Policy *policy)
{
	Relation	rel = RelationOpen(policy->relation, AccessShareLock);
	PartitionDesc desc = RelationGetPartitionDesc(rel, true);
	PartitionBoundInfo bounds = desc->boundinfo;
	List	   *parts = NIL;

	for (int i = 1; bounds != NULL && i < bounds->ndatums; i++)
	{
		Part	   *part;

		if (bounds->indexes[i] < 0)
			continue;
		part = palloc(sizeof(Part));
		part->relid = desc->oids[bounds->indexes[i]];
		part->lower = BoundOf(policy, bounds, i - 1);
		part->upper = BoundOf(policy, bounds, i);
		part->is_number = policy->by_number;
		parts = lappend(parts, part);
	}
	relation_close(rel, AccessShareLock);
	return parts;
}

/* Opening hundreds of tables costs more than looking at their files. */
bool
PartFileIsEmpty(const Part *part)
{
	struct stat st;
	Datum		path;

	if (get_rel_relkind(part->relid) != RELKIND_RELATION)
		return false;
	path = DirectFunctionCall1(pg_relation_filepath, ObjectIdGetDatum(part->relid));
	return stat(TextDatumGetCString(path), &st) == 0 && st.st_size == 0;
}

/* One without a page is not worth a query. */
bool
PartHasRows(const Policy *policy, const Part *part)
{
	if (get_rel_relkind(part->relid) == RELKIND_RELATION)
	{
		Relation	rel = RelationOpen(part->relid, AccessShareLock);
		BlockNumber pages = RelationGetNumberOfBlocks(rel);

		relation_close(rel, AccessShareLock);
		if (pages == 0)
			return false;
	}
	return SqlExec(psprintf("SELECT FROM %s LIMIT 1", QuotedRelation(part->relid)),
				   RelationOwner(policy->relation)) > 0;
}

char *
BoundLiteral(const Policy *policy, TimestampTz bound)
{
	Datum		value = TimestampTzGetDatum(bound);

	if (policy->by_number)
		return psprintf("'" INT64_FORMAT "'", bound);
	if (policy->epoch != NULL)
		return psprintf("'" INT64_FORMAT "'", (bound - UNIX_EPOCH) / EpochUnit(policy));
	if (policy->column_type != TIMESTAMPTZOID)
		value = TimestampGetDatum(GridLocal(policy, bound));
	if (policy->column_type == DATEOID)
		value = DirectFunctionCall1(timestamp_date, value);
	return quote_literal_cstr(IsoText(value, policy->column_type));
}

char *
BoundsClause(const Policy *policy, TimestampTz lower, TimestampTz upper)
{
	return psprintf("FROM (%s) TO (%s)",
					TIMESTAMP_IS_NOBEGIN(lower) ? "MINVALUE" : BoundLiteral(policy, lower),
					TIMESTAMP_IS_NOEND(upper) ? "MAXVALUE" : BoundLiteral(policy, upper));
}
