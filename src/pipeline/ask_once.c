/*
 * ask_once.c
 *	  Windows that must not be requested twice: without a key, repeated rows would be stored
 *	  twice.
 */
#include "base/compat.h"
#include "pipeline/ask_once.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "merge/strategy.h"
#include "source/file_policy.h"
#include "source/slices.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

static void
AddSlices(Sql *q, List *slices)
{
	List	   *params = NIL;
	List	   *starts = NIL;
	List	   *ends = NIL;
	ListCell   *lc;

	foreach(lc, slices)
	{
		Slice	   *slice = lfirst(lc);

		params = lappend(params, slice->params);
		starts = lappend(starts, &slice->window_start);
		ends = lappend(ends, &slice->window_end);
	}
	SqlAddTextArray(q, params);
	SqlAddTimeArray(q, starts);
	SqlAddTimeArray(q, ends);
}

static void
ReportLandedInPart(const Pipeline *p, const Slice *slice)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("pipeline \"%s\" would load rows that it has already loaded", p->name),
			 errdetail("Part of the window from %s to %s was loaded before the windows of the "
					   "source were changed.",
					   pstrdup(timestamptz_to_str(slice->window_start)),
					   pstrdup(timestamptz_to_str(slice->window_end))),
			 errhint("Restore the previous window length, or delete the rows from the target and "
					 "use elt.reset_pipeline to go back before them.")));
}

/* What it takes to ask the catalogue does not outlive the answer. */
static List *
WithoutLanded(const Pipeline *p, List *slices)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(caller, "elt ask once", ALLOCSET_DEFAULT_SIZES);
	List	   *left = NIL;
	Sql			q;

	MemoryContextSwitchTo(scratch);
	SqlBegin(&q,
			 "select count(s.*) > 0, bool_and(s.window_start = d.low and s.window_end = d.high)"
			 " from unnest($2, $3, $4)"
			 " with ordinality as d(params, low, high, n)"
			 " left join elt_catalog.slice s on s.pipeline_id = $1 and s.params = d.params::jsonb"
			 " and s.window_start < d.high and s.window_end > d.low"
			 " and (s.state = 'landed' or s.state = 'empty' and s.complete)"
			 " group by d.n order by d.n");
	SqlAddInt4(&q, p->id);
	AddSlices(&q, slices);
	SqlRun(&q, AsCatalog());
	MemoryContextSwitchTo(caller);
	for (uint64 i = 0; i < q.processed; i++)
	{
		Slice	   *slice = list_nth(slices, i);
		bool		has_landed = SqlBool(&q, i, 1);

		if (has_landed && !SqlBool(&q, i, 2))
			ReportLandedInPart(p, slice);
		if (!has_landed)
			left = lappend(left, slice);
	}
	SqlDone(&q);
	MemoryContextDelete(scratch);
	return left;
}

List *
SlicesToAskOnce(const Pipeline *p, List *slices, TimestampTz horizon)
{
	List	   *over = NIL;
	ListCell   *lc;

	foreach(lc, slices)
		if (((Slice *) lfirst(lc))->window_end <= horizon)
			over = lappend(over, lfirst(lc));
	return over == NIL ? NIL : WithoutLanded(p, over);
}

static bool
HasRows(const Pipeline *p, const char *condition)
{
	Sql			q;

	SqlBegin(&q, psprintf("SELECT FROM %s%s LIMIT 1", QuotedRelation(p->target),
						  condition));
	return SqlDo(&q, p->owner) > 0;
}

/* what_for: ends the hint to delete them. */
static void
CheckHasNone(const Pipeline *p, const char *condition, const char *what_for)
{
	if (!HasRows(p, condition))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("pipeline \"%s\" would load rows that already exist in target \"%s\"", p->name,
					RelationLabel(p->target)),
			 errdetail("It appends rows without a key, so repeated rows would be stored twice."),
			 errhint("Use DELETE FROM %s%s %s.", QuotedRelation(p->target), condition, what_for)));
}

void
AskOnceCheckReset(const Pipeline *p, const SourceDefinition *source, TimestampTz to)
{
	char	   *condition = "";

	if (!StrategyAsksOnce(p) || TIMESTAMP_IS_NOEND(to))
		return;
	if (!TIMESTAMP_IS_NOBEGIN(to))
		condition = psprintf(" WHERE %s >= %s", quote_identifier(source->window_column),
							 quote_literal_cstr(SourceWindowText(source, source->window_type, to)));
	CheckHasNone(p, condition, "to remove them first");
}

/* Without a column for their file, any row may be of it, and those of other files go with them. */
void
AskOnceCheckFile(const Pipeline *p, const SourceDefinition *source, const char *name)
{
	char	   *condition = NULL;

	if (!StrategyAsksOnce(p))
		return;
	for (int i = 0; i < source->ncolumns; i++)
		if (source->columns[i].param != NULL && strcmp(source->columns[i].param, FILE_PARAM) == 0)
			condition = psprintf(" WHERE %s = %s", quote_identifier(source->columns[i].name),
								 quote_literal_cstr(name));
	if (condition != NULL)
		CheckHasNone(p, condition, "to remove them first");
	else
		CheckHasNone(p, "", "and elt.reset_pipeline to load all files again; no column tells the "
					 "rows of a file from others");
}
