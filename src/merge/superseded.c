/*
 * superseded.c
 *	  Find staged rows of a replay whose keys were written by newer ones.
 *
 * Of two rows with one key sequence_by says which is newer. Without it a row of the target is newer
 * when it was loaded with the slice of the staged row or later; which of two rows of one slice is
 * newer nobody knows.
 */
#include "base/compat.h"
#include "merge/superseded.h"

#include "base/sql.h"
#include "base/sql_numbers.h"
#include "catalog/replayed.h"
#include "merge/batch.h"
#include "merge/join_settings.h"
#include "merge/sequence.h"
#include "merge/strategy.h"
#include "utils/guc.h"

/* A condition on a row s of the batch and a row t of the target with its key. */
static char *
IsNewer(const MergeShape *shape)
{
	if (shape->sequence == NIL)
		return "t._loaded_at >= s._loaded_at";
	return psprintf("coalesce((%s) < (%s), false)", SequenceList(shape, 0, "s", ""),
					SequenceList(shape, 0, "t", ""));
}

/* None is, most often: that takes a join, instead of a look for each row. */
static bool
AnySuperseded(const MergeShape *shape, const char *newer)
{
	Sql			q;

	SqlBegin(&q, psprintf("SELECT FROM %s AS s WHERE EXISTS (SELECT FROM %s AS t\n"
						  "\tWHERE %s AND %s) LIMIT 1",
						  shape->staging, shape->target, KeyMatch(shape, "t", "s"), newer));
	return SqlDo(&q, shape->pipeline->owner) > 0;
}

/* Those records of which all rows are superseded. */
static void
TellSuperseded(const MergeShape *shape, const char *newer)
{
	SqlNumbers	places;
	Sql			q;

	SqlBegin(&q, psprintf("SELECT _record FROM (SELECT s._record, EXISTS (SELECT FROM %s AS t\n"
						  "\t\tWHERE %s AND %s) AS superseded FROM %s AS s) AS r\n"
						  "GROUP BY _record HAVING bool_and(superseded)",
						  shape->target, KeyMatch(shape, "t", "s"), newer, shape->staging));
	places = SqlRunNumbers(&q, shape->pipeline->owner);
	ReplayedSupersede(shape->pipeline, places.columns[0], places.count);
	SqlNumbersFree(&places);
}

static int64
Remove(const MergeShape *shape, const char *newer)
{
	return SqlExec(psprintf("DELETE FROM %s AS s WHERE EXISTS (SELECT FROM %s AS t\n"
							"\tWHERE %s AND %s)", shape->staging, shape->target,
							KeyMatch(shape, "t", "s"), newer), shape->pipeline->owner);
}

/* A history takes what is older where it belongs, when it knows that. */
static bool
TakesOld(const MergeShape *shape)
{
	return shape->sequence != NIL && MergeStrategyOf(shape->pipeline)->keeps_history;
}

int64
SupersededTake(const MergeShape *shape)
{
	int64		removed = 0;
	BatchFacts *facts;
	int			guc_level;
	char	   *newer;

	if (shape->keys == NIL || TakesOld(shape))
		return 0;
	newer = IsNewer(shape);
	facts = BatchFactsOf(shape);
	if (facts->keys == 0)
		return 0;
	guc_level = MergeSettingsApply(MergeSettings(shape, facts));
	if (AnySuperseded(shape, newer))
	{
		TellSuperseded(shape, newer);
		if (shape->sequence == NIL)
			removed = Remove(shape, newer);
	}
	AtEOXact_GUC(true, guc_level);
	return removed;
}
