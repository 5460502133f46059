/*
 * truncated.c
 *	  Remember truncations that events of change have told of.
 */
#include "base/compat.h"
#include "catalog/truncated.h"

#include "base/sql.h"
#include "catalog/pg_type.h"

void
TruncatedAdd(const Pipeline *p, const char *row)
{
	Sql			q;

	SqlBegin(&q,
			 "insert into elt_catalog.truncated (pipeline_id, told) select $1, $2"
			 " where not exists (select from elt_catalog.truncated where pipeline_id = $1 and told = $2)");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, row);
	SqlDo(&q, AsCatalog());
}

List *
TruncationsTold(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q, "select told from elt_catalog.truncated where pipeline_id = $1");
	SqlAddInt4(&q, p->id);
	return SqlDoTexts(&q, AsCatalog());
}

void
TruncatedKeepOnly(const Pipeline *p, const char *row)
{
	Sql			q;

	SqlBegin(&q, "delete from elt_catalog.truncated where pipeline_id = $1 and told is distinct from $2");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, row);
	SqlDo(&q, AsCatalog());
}

void
TruncatedForget(const Pipeline *p, List *rows)
{
	Sql			q;

	SqlBegin(&q, "delete from elt_catalog.truncated where pipeline_id = $1 and told = any ($2)");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, rows);
	SqlDo(&q, AsCatalog());
}

void
TruncatedRename(const Pipeline *p, Jsonb *columns)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.truncated set told = (select '{' || string_agg("
			 "to_json(coalesce($2 ->> e.key, e.key))::text || ':' || e.value::text, ',' order by e.n) || '}' "
			 "from json_each(told::json) with ordinality as e(key, value, n)) where pipeline_id = $1");
	SqlAddInt4(&q, p->id);
	SqlAdd(&q, JSONBOID, JsonbPGetDatum(columns), false);
	SqlDo(&q, AsCatalog());
}
