/*
 * policy.c
 *	  Read the partition policy of a table.
 */
#include "base/compat.h"
#include "partition/policy.h"

#include "base/sql.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

/* A single action is a chain of one. Archives go where the policy says, unless their step does. */
#define PLACE \
	"jsonb_strip_nulls(jsonb_build_object('server', archive_server, 'path', archive_path, " \
	"'format', archive_format))"
#define CHAIN \
	"coalesce((select jsonb_agg(case when s->>'do' = 'archive' then " PLACE " || s else s end " \
	"order by n) from jsonb_array_elements(case jsonb_typeof(retention) when 'array' " \
	"then retention end) with ordinality e(s, n)), retention, jsonb_build_array(" \
	"jsonb_build_object('after', retain, 'do', retain_action) || " \
	"case when retain_action = 'archive' then " PLACE " else '{}' end)) "

Policy *
PolicyOf(Oid relation)
{
	Sql			q;
	Policy	   *policy = NULL;

	SqlBeginKept(&q, "select partition_column, partition_interval, partition_time_zone, "
				 "partition_premake, (extract(epoch from lock_timeout) * 1000)::int4, set_by, "
				 "case when coalesce(retention::text, retain::text) is not null then " CHAIN "end, "
				 "partition_epoch, coalesce(partition_step, 0), coalesce(partition_rows, 0), "
				 "coalesce(partition_bytes, 0), then_by, retain_by = 'creation', "
				 "coalesce((select oid from pg_class where oid = archive_table and relkind = 'p'), 0), "
				 "coalesce((select oid from pg_class where oid = all_view and relkind = 'v'), 0) "
				 "from elt_catalog.policy where relation = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	if (SqlRun(&q, AsCatalog()) == 1)
	{
		policy = palloc0(sizeof(Policy));
		policy->relation = relation;
		policy->column = SqlText(&q, 0, 1);
		policy->interval = SqlInterval(&q, 0, 2);
		policy->time_zone = SqlText(&q, 0, 3);
		policy->premake = SqlInt4(&q, 0, 4, NULL);
		policy->lock_timeout_ms = SqlInt4(&q, 0, 5, NULL);
		policy->set_by = DatumGetObjectId(SqlDatum(&q, 0, 6, NULL));
		policy->chain = ChainRead(SqlText(&q, 0, 7));
		policy->epoch = SqlText(&q, 0, 8);
		policy->step = SqlInt8(&q, 0, 9, NULL);
		policy->rows = SqlInt8(&q, 0, 10, NULL);
		policy->bytes = SqlInt8(&q, 0, 11, NULL);
		policy->then_by = SqlText(&q, 0, 12);
		policy->by_rows = get_rel_relkind(relation) != RELKIND_PARTITIONED_TABLE;
		policy->by_number = !policy->by_rows && policy->interval == NULL;
		policy->by_creation = policy->by_number || SqlBool(&q, 0, 13);
		policy->archive_table = DatumGetObjectId(SqlDatum(&q, 0, 14, NULL));
		policy->all_view = DatumGetObjectId(SqlDatum(&q, 0, 15, NULL));
		policy->retain = policy->by_creation ? NULL : ChainRemovesAfter(policy->chain);
		policy->column_type = get_atttype(relation, get_attnum(relation, policy->column));
	}
	SqlDone(&q);
	return policy;
}
