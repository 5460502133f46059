/*
 * standing.c
 *	  How far each params combination has landed: elt_catalog.cursor, and the windows around it.
 */
#include "base/compat.h"
#include "catalog/standing.h"

#include "base/sql.h"

/* Each combination once, with its place in the list. */
/* Cast one by one: the cast of an array keeps what each cast needed until the last one. */
#define COMBINATIONS \
	"(select a.params::jsonb as params, a.n from unnest($2) with ordinality as a(params, n)) as u"

static void
AddCombinations(Sql *q, const Pipeline *p, List *combinations)
{
	SqlAddInt4(q, p->id);
	SqlAddTextArray(q, combinations);
	SqlAddInt4(q, p->definition_version);
}

void
CursorsBegin(const Pipeline *p, List *combinations, TimestampTz origin)
{
	Sql			q;

	SqlBeginParsed(&q,
				   "insert into elt_catalog.cursor as old (pipeline_id, params, position,"
				   " window_end, definition_version) select $1, u.params, $4::text, $4, $3"
				   " from " COMBINATIONS
				   " on conflict (pipeline_id, params) do update set"
				   " position = excluded.position, window_end = excluded.window_end,"
				   " definition_version = excluded.definition_version, run_id = null,"
				   " moved_at = clock_timestamp()"
				   " where old.definition_version <> excluded.definition_version"
				   " or old.window_end < excluded.window_end");
	AddCombinations(&q, p, combinations);
	SqlAddTime(&q, origin);
	SqlDo(&q, AsCatalog());
}

/*
 * A window that ends after now has not landed completely, whatever was believed when the clock
 * was ahead: it is asked for again, unless its rows would come twice, and the cursor goes back to
 * the one that now is in.
 */
void
CursorsDisbelieve(const Pipeline *p, TimestampTz now, TimestampTz floor, bool asks_once)
{
	static const char *const statements[] = {
		"update elt_catalog.slice s set complete = false from elt_catalog.cursor c"
		" where c.pipeline_id = $1 and c.window_end is not null and s.pipeline_id = $1"
		" and s.params = c.params and s.window_start >= least(c.window_end, $3)"
		" and s.window_end > $2 and s.complete and (s.rows = 0 or not $4)",
		"update elt_catalog.cursor set window_end = $3, position = $3::text, run_id = null,"
		" moved_at = clock_timestamp() where pipeline_id = $1 and window_end > $2 and $4 is not null",
	};
	Sql			q;

	SqlBegin(&q, NULL);
	SqlAddInt4(&q, p->id);
	SqlAddTime(&q, now);
	SqlAddTime(&q, floor);
	SqlAddBool(&q, asks_once);
	SqlDoEach(&q, statements, lengthof(statements), AsCatalog());
}

Standing *
StandingsOf(const Pipeline *p, List *combinations)
{
	Standing   *standings = palloc0(sizeof(Standing) * Max(list_length(combinations), 1));
	Sql			q;

	SqlBeginParsed(&q,
				   "select u.n, c.position, c.window_end from " COMBINATIONS
				   " join elt_catalog.cursor c on c.pipeline_id = $1 and c.params = u.params"
				   " and c.definition_version = $3");
	AddCombinations(&q, p, combinations);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		Standing   *standing = &standings[SqlInt8(&q, i, 1, NULL) - 1];
		bool		isnull;

		standing->position = SqlText(&q, i, 2);
		standing->window_end = SqlTime(&q, i, 3, &isnull);
	}
	SqlDone(&q);
	return standings;
}

/* Rows of (place in the list, start, end, open) become the known windows of each place. */
static void
ReadWindows(Sql *q, Standing *standings)
{
	SqlRun(q, AsCatalog());
	for (uint64 i = 0; i < q->processed; i++)
	{
		Standing   *standing = &standings[SqlInt8(q, i, 1, NULL) - 1];
		KnownWindow *w = palloc(sizeof(KnownWindow));

		w->start = SqlTime(q, i, 2, NULL);
		w->end = SqlTime(q, i, 3, NULL);
		w->open = SqlBool(q, i, 4);
		standing->known = lappend(standing->known, w);
	}
	SqlDone(q);
}

void
StandingsAddKnown(const Pipeline *p, List *combinations, Standing *standings)
{
	Sql			q;

	SqlBeginParsed(&q,
				   "select u.n, s.window_start, s.window_end, s.state in ('failed', 'not_yet')"
				   " from " COMBINATIONS
				   " join elt_catalog.cursor c on c.pipeline_id = $1 and c.params = u.params"
				   " join elt_catalog.slice s on s.pipeline_id = $1 and s.params = u.params"
				   " and s.definition_version = $3 and s.window_start > '-infinity'"
				   " and case when s.window_start < c.window_end"
				   " then s.state in ('failed', 'not_yet')"
				   " else s.state in ('landed', 'empty') and s.complete end"
				   " order by u.n, s.window_start");
	AddCombinations(&q, p, combinations);
	ReadWindows(&q, standings);
}

void
StandingsAddLanded(const Pipeline *p, List *combinations, int64 run_id, Standing *standings)
{
	Sql			q;

	SqlBegin(&q,
			 "with recursive part(retry_of, started_at) as ("
			 "  select retry_of, started_at from elt_catalog.run where id = $4"
			 " union all"
			 "  select r.retry_of, r.started_at from elt_catalog.run r"
			 "  join part p on r.id = p.retry_of)"
			 " select u.n, s.window_start, s.window_end, false from " COMBINATIONS
			 " join elt_catalog.slice s on s.pipeline_id = $1 and s.params = u.params"
			 " where s.definition_version = $3 and s.state in ('landed', 'empty')"
			 " and (s.complete or s.window_start > '-infinity')"
			 " and s.tried_at >= (select min(started_at) from part)"
			 " order by u.n, s.window_start");
	AddCombinations(&q, p, combinations);
	SqlAddInt8(&q, run_id);
	ReadWindows(&q, standings);
}

void
StandingsAddFailed(const Pipeline *p, List *combinations, Standing *standings)
{
	Sql			q;

	SqlBeginParsed(&q,
				   "select u.n, s.window_start, s.failures, s.next_try_at, not exists"
				   " (select from elt_catalog.slice l where l.pipeline_id = $1"
				   "  and l.params = s.params and l.landed_at > s.tried_at)"
				   " from elt_catalog.slice s join " COMBINATIONS " on u.params = s.params"
				   " where s.pipeline_id = $1 and s.failures > 0 and s.definition_version = $3"
				   " order by u.n, s.window_start");
	AddCombinations(&q, p, combinations);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		Standing   *standing = &standings[SqlInt8(&q, i, 1, NULL) - 1];
		FailedWindow *w = palloc(sizeof(FailedWindow));
		bool		isnull;

		w->start = SqlTime(&q, i, 2, NULL);
		w->failures = SqlInt4(&q, i, 3, NULL);
		w->next_try_at = SqlTime(&q, i, 4, &isnull);
		if (isnull)
			w->next_try_at = 0;
		standing->failed = lappend(standing->failed, w);
		standing->all_fail |= SqlBool(&q, i, 5);
	}
	SqlDone(&q);
}

int64
CursorReset(const Pipeline *p, bool all, TimestampTz to)
{
	static const char *const statements[] = {
		"delete from elt_catalog.cursor where pipeline_id = $1 and $2",
		("update elt_catalog.cursor set window_end = $3, position = $3::text, run_id = null,"
		 " moved_at = clock_timestamp() where pipeline_id = $1 and not $2 and window_end > $3"),
		"delete from elt_catalog.slice where pipeline_id = $1 and ($2 or window_end > $3)",
	};
	Sql			q;

	SqlBegin(&q, NULL);
	SqlAddInt4(&q, p->id);
	SqlAddBool(&q, all);
	SqlAddTimeOrNull(&q, to, all);
	return SqlDoEach(&q, statements, lengthof(statements), AsCatalog());
}

void
CursorForget(const Pipeline *p)
{
	PipelineExec(p, "delete from elt_catalog.cursor c using elt_catalog.pipeline p"
				 " where p.id = $1 and c.pipeline_id = p.id"
				 " and (c.window_end is not null or p.cursor_column is not null)");
}

void
CursorsResume(const Pipeline *p, int64 run_id)
{
	Sql			q;

	SqlBeginKept(&q,
				 "insert into elt_catalog.cursor as old (pipeline_id, params, position,"
				 " definition_version, run_id) select pipeline_id, params, position, $2, $3"
				 " from elt_catalog.staged_slice where pipeline_id = $1 and position is not null"
				 " and state in ('landed', 'empty')"
				 " on conflict (pipeline_id, params) do update set"
				 " position = excluded.position, run_id = excluded.run_id,"
				 " definition_version = excluded.definition_version,"
				 " moved_at = clock_timestamp() where old.position <> excluded.position"
				 " or old.definition_version <> excluded.definition_version");
	SqlAddInt4(&q, p->id);
	SqlAddInt4(&q, p->definition_version);
	SqlAddInt8(&q, run_id);
	SqlDo(&q, AsCatalog());
}

void
CursorKeepOnly(const Pipeline *p, List *combinations)
{
	Sql			q;

	SqlBegin(&q,
			 "delete from elt_catalog.cursor c where c.pipeline_id = $1"
			 " and c.window_end is not null and not exists"
			 " (select from " COMBINATIONS " where u.params = c.params)");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, combinations);
	SqlDo(&q, AsCatalog());
}

void
SlicesKeepOnly(const Pipeline *p, List *combinations)
{
	static const char *const statements[] = {
		"update elt_catalog.slice s set gone = true where s.pipeline_id = $1 and not s.gone"
		" and not exists (select from " COMBINATIONS " where u.params = s.params)",
		"update elt_catalog.slice s set gone = false where s.pipeline_id = $1 and s.gone"
		" and exists (select from " COMBINATIONS " where u.params = s.params)",
	};
	Sql			q;

	SqlBegin(&q, NULL);
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, combinations);
	SqlDoEach(&q, statements, lengthof(statements), AsCatalog());
}
