/*
 * division.c
 *	  Divide partitions by hash or list.
 *
 * {"hash": "customer_id", "partitions": 4}
 * {"list": "country", "values": {"dach": ["DE", "AT", "CH"], "rest": null}}
 */
#include "base/compat.h"
#include "partition/division.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "partition/part_name.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define MAX_PARTS 1000

static char *
Field(const Policy *policy, const char *expression)
{
	Sql			q;

	SqlBegin(&q, psprintf("select %s from (select $1) d(d)", expression));
	SqlAddJsonb(&q, policy->then_by);
	return SqlDoText(&q, AsCatalog());
}

static void
ReportShape(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("then_by must divide partitions by hash or by list"),
			 errhint("Specify it as in '{\"hash\": \"customer\", \"partitions\": 4}' or "
					 "'{\"list\": \"country\", \"values\": {\"eu\": [\"DE\", \"FR\"], "
					 "\"rest\": null}}'.")));
}

void
DivisionCheck(const Policy *policy)
{
	char	   *column;
	char	   *well_formed;

	if (policy->then_by == NULL)
		return;
	well_formed = Field(policy, "case when jsonb_typeof(d) <> 'object' then false "
						"when d ? 'hash' then d - '{hash,partitions}'::text[] = '{}' "
						"and jsonb_typeof(d->'partitions') = 'number' "
						"and (d->>'partitions')::numeric between 1 and " CppAsString2(MAX_PARTS) " "
						"and (d->>'partitions')::numeric % 1 = 0 "
						"when d ? 'list' then d - '{list,values}'::text[] = '{}' "
						"and jsonb_typeof(d->'values') = 'object' and d->'values' <> '{}' "
						"and (select bool_and(jsonb_typeof(v) in ('array', 'null')) "
						"from jsonb_each(case jsonb_typeof(d->'values') when 'object' "
						"then d->'values' end) e(k, v)) "
						"end");
	if (well_formed == NULL || strcmp(well_formed, "t") != 0)
		ReportShape();
	column = Field(policy, "coalesce(d->>'hash', d->>'list')");
	if (column == NULL || get_attnum(policy->relation, column) <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of then_by does not exist in table \"%s\"",
						column ? column : "", RelationLabel(policy->relation))));
}

char *
DivisionClause(const Policy *policy)
{
	return Field(policy, "case when d ? 'hash' then format(' PARTITION BY HASH (%I)', d->>'hash') "
				 "else format(' PARTITION BY LIST (%I)', d->>'list') end");
}

/* Suffix and bound of each. */
#define PARTS \
	"select '_' || i, format('FOR VALUES WITH (MODULUS %s, REMAINDER %s)', $1->>'partitions', i) " \
	"from generate_series(0, ($1->>'partitions')::int - 1) i " \
	"union all select '_' || k, case jsonb_typeof(v) when 'null' then 'DEFAULT' else " \
	"format('FOR VALUES IN (%s)', (select string_agg(coalesce(quote_literal(x), 'NULL'), ', ') " \
	"from jsonb_array_elements_text(case jsonb_typeof(v) when 'array' then v end) x)) end " \
	"from jsonb_each($1->'values') e(k, v)"

void
DivisionCreate(const Policy *policy, const char *name, Oid schema, const char *clauses)
{
	Oid			owner = RelationOwner(policy->relation);
	char	   *schema_name = get_namespace_name(schema);
	Sql			q;

	SqlBegin(&q, PARTS);
	SqlAddJsonb(&q, policy->then_by);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		SqlExec(psprintf("CREATE TABLE %s PARTITION OF %s %s%s",
						 quote_qualified_identifier(schema_name,
													FreeName(name, SqlText(&q, i, 1), schema)),
						 quote_qualified_identifier(schema_name, name), SqlText(&q, i, 2), clauses),
				owner);
	SqlDone(&q);
}
