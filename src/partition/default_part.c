/*
 * default_part.c
 *	  Move rows out of the default partition.
 */
#include "base/compat.h"
#include "partition/default_part.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"

static int	drain_max_rows = 100000;

void
DefaultPartInit(void)
{
	DefineCustomIntVariable("elt.drain_max_rows",
							"Sets the maximum number of rows that are moved from a default partition "
							"to a new partition.",
							"Readers of the default partition wait meanwhile. A partition with more "
							"rows is not created.",
							&drain_max_rows, drain_max_rows, 0, INT_MAX,
							PGC_USERSET, 0, NULL, NULL, NULL);
}

static Oid
DefaultOf(Oid relation)
{
	Sql			q;

	SqlBeginKept(&q, "select partdefid::int8 from pg_partitioned_table where partrelid = $1");
	SqlAddOid(&q, OIDOID, relation);
	return (Oid) SqlDoInt8(&q, AsCatalog());
}

static char *
RangeCondition(const Policy *policy, const Part *range)
{
	const char *column = quote_identifier(policy->column);

	return psprintf("%s >= %s AND %s < %s", column, BoundLiteral(policy, range->lower), column,
					BoundLiteral(policy, range->upper));
}

/* Up to one more than may be moved. */
static int64
CountRows(const Policy *policy, Oid part, const char *condition)
{
	Sql			q;

	SqlBegin(&q, psprintf("SELECT count(*) FROM (SELECT FROM %s WHERE %s LIMIT %lld) r",
						  QuotedRelation(part), condition, (long long) drain_max_rows + 1));
	return SqlDoInt8(&q, RelationOwner(policy->relation));
}

/* From the lock on, which the attachment needs anyhow, no further row arrives. */
void
DefaultDrain(const Policy *policy, const Part *range, const char *table)
{
	Oid			part = DefaultOf(policy->relation);
	char	   *condition;
	char	   *columns;
	int64		count;

	if (!OidIsValid(part))
		return;
	condition = RangeCondition(policy, range);
	LockRelationOid(part, AccessExclusiveLock);
	count = CountRows(policy, part, condition);
	if (count == 0)
		return;
	if (count > drain_max_rows)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("default partition \"%s\" has more than %d rows in the range of a new "
						"partition", RelationLabel(part), drain_max_rows),
				 errhint("Raise elt.drain_max_rows, or move the rows to another table.")));
	columns = InsertedColumns(policy->relation);
	SqlExec(psprintf("WITH moved AS (DELETE FROM %s WHERE %s RETURNING %s) "
					 "INSERT INTO %s (%s) SELECT %s FROM moved",
					 QuotedRelation(part), condition, columns, table, columns, columns),
			RelationOwner(policy->relation));
}
