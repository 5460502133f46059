/*
 * staged_answer.c
 *	  Read what the answers of the staged batch prove.
 */
#include "base/compat.h"
#include "catalog/staged.h"

#include "base/sql.h"

static char *
DoubtOf(const char *unproven, int64 rejected)
{
	if (unproven != NULL)
		return psprintf("could not verify that its list is complete: %s", unproven);
	if (rejected > 0)
		return psprintf(ngettext(INT64_FORMAT " record of it is in quarantine",
								 INT64_FORMAT " records of it are in quarantine", rejected),
						rejected);
	return NULL;
}

/* A row that has expired would not be kept anyway. */
List *
StagedAnswers(const Pipeline *p)
{
	List	   *answers = NIL;
	Sql			q;

	SqlBegin(&q,
			 "select s.params, s.loaded_at, s.unproven, coalesce(j.rejected, 0)"
			 " from elt_catalog.staged_slice s left join"
			 " (select params, window_start, count(*) as rejected from elt_catalog.staged_reject"
			 "  where pipeline_id = $1 and reason <> 'expired' group by 1, 2) j"
			 " using (params, window_start)"
			 " where s.pipeline_id = $1 and s.state in ('landed', 'empty')"
			 " order by s.loaded_at, s.params, s.window_start");
	SqlAddInt4(&q, p->id);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		StagedAnswer *answer = palloc(sizeof(StagedAnswer));
		bool		isnull;

		answer->params = SqlText(&q, i, 1);
		answer->loaded_at = SqlTime(&q, i, 2, &isnull);
		if (isnull)
			answer->loaded_at = 0;
		answer->doubt = DoubtOf(SqlText(&q, i, 3), SqlInt8(&q, i, 4, NULL));
		answers = lappend(answers, answer);
	}
	SqlDone(&q);
	return answers;
}
