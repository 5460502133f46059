#include "base/compat.h"
#include "catalog/cursor.h"

#include "base/sql.h"

TimestampTz
CursorRead(const Pipeline *p, const char *params, TimestampTz origin)
{
	Sql			q;
	TimestampTz cursor;

	SqlBegin(&q,
			 "insert into elt_catalog.cursor as old (pipeline_id, params, position,"
			 " window_end, definition_version) values ($1, $2, $3::text, $3, $4)"
			 " on conflict (pipeline_id, params) do update set"
			 " position = excluded.position, window_end = excluded.window_end,"
			 " definition_version = excluded.definition_version, run_id = null,"
			 " moved_at = clock_timestamp()"
			 " where old.definition_version <> excluded.definition_version");
	SqlAddInt4(&q, p->id);
	SqlAddJsonb(&q, params);
	SqlAddTime(&q, origin);
	SqlAddInt4(&q, p->definition_version);
	SqlRun(&q, AsCatalog());
	SqlDone(&q);

	SqlBegin(&q,
			 "select window_end from elt_catalog.cursor"
			 " where pipeline_id = $1 and params = $2");
	SqlAddInt4(&q, p->id);
	SqlAddJsonb(&q, params);
	SqlRun(&q, AsCatalog());
	cursor = SqlTime(&q, 0, 1, NULL);
	SqlDone(&q);
	return cursor;
}

static List *
ReadWindows(Sql *q)
{
	List	   *windows = NIL;

	SqlRun(q, AsCatalog());
	for (uint64 i = 0; i < q->processed; i++)
	{
		KnownWindow *w = palloc(sizeof(KnownWindow));

		w->start = SqlTime(q, i, 1, NULL);
		w->end = SqlTime(q, i, 2, NULL);
		w->open = SqlBool(q, i, 3);
		windows = lappend(windows, w);
	}
	return windows;
}

List *
KnownWindows(const Pipeline *p, const char *params, TimestampTz cursor)
{
	Sql			q;
	List	   *known;

	SqlBegin(&q,
			 "select window_start, window_end, status in ('failed', 'not_yet')"
			 " from elt_catalog.slice"
			 " where pipeline_id = $1 and params = $2 and definition_version = $4"
			 " and window_start > '-infinity' and case when window_start < $3"
			 " then status in ('failed', 'not_yet')"
			 " else status in ('landed', 'empty') and complete end"
			 " order by window_start");
	SqlAddInt4(&q, p->id);
	SqlAddJsonb(&q, params);
	SqlAddTime(&q, cursor);
	SqlAddInt4(&q, p->definition_version);
	known = ReadWindows(&q);
	SqlDone(&q);
	return known;
}

List *
WindowsSince(const Pipeline *p, const char *params, int64 run_id)
{
	Sql			q;
	List	   *known;

	SqlBegin(&q,
			 "select window_start, window_end, false from elt_catalog.slice"
			 " where pipeline_id = $1 and params = $2 and definition_version = $4"
			 " and status in ('landed', 'empty')"
			 " and tried_at >= (select started_at from elt_catalog.run where id = $3)"
			 " order by window_start");
	SqlAddInt4(&q, p->id);
	SqlAddJsonb(&q, params);
	SqlAddInt8(&q, run_id);
	SqlAddInt4(&q, p->definition_version);
	known = ReadWindows(&q);
	SqlDone(&q);
	return known;
}

int64
CursorReset(const Pipeline *p, bool all, TimestampTz to)
{
	static const char *const statements[] = {
		"delete from elt_catalog.cursor where pipeline_id = $1 and $2",
		"update elt_catalog.cursor set window_end = $3, position = $3::text, run_id = null,"
		" moved_at = clock_timestamp() where pipeline_id = $1 and not $2 and window_end > $3",
		"delete from elt_catalog.slice where pipeline_id = $1 and ($2 or window_end > $3)",
	};
	int64		reopened = 0;

	for (int i = 0; i < lengthof(statements); i++)
	{
		Sql			q;

		SqlBegin(&q, statements[i]);
		SqlAddInt4(&q, p->id);
		SqlAddBool(&q, all);
		SqlAddTimeOrNull(&q, to, all);
		reopened = SqlRun(&q, AsCatalog());
		SqlDone(&q);
	}
	return reopened;
}

void
CursorForget(const Pipeline *p)
{
	PipelineExec(p, "delete from elt_catalog.cursor where pipeline_id = $1");
}

void
CursorKeepOnly(const Pipeline *p, List *combinations)
{
	Sql			q;

	SqlBegin(&q,
			 "delete from elt_catalog.cursor where pipeline_id = $1"
			 " and params <> all ($2::jsonb[])");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, combinations);
	SqlRun(&q, AsCatalog());
	SqlDone(&q);
}
