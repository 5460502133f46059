/*
 * strategy_check.c
 *	  Check which options of a pipeline fit its strategy.
 */
#include "base/compat.h"
#include "merge/strategy_check.h"

#include "base/sql.h"
#include "merge/strategy.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

static void
CheckHasKey(const Pipeline *p)
{
	if (p->key != NIL || !MergeStrategyOf(p)->needs_key)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("strategy \"%s\" needs a key", p->strategy),
			 errhint("Name the columns that tell two rows apart: key => '{a,b}'.")));
}

void
LookbackCheck(const Pipeline *p, const Interval *lookback)
{
	Interval	zero = {0};

	if (!StrategyAsksOnce(p) || lookback == NULL ||
		DatumGetBool(DirectFunctionCall2(interval_eq, IntervalPGetDatum(lookback),
										 IntervalPGetDatum(&zero))))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("strategy \"append\" without a key cannot look back"),
			 errdetail("Rows of a window that is asked for again would be added again."),
			 errhint("Give it a key, wait for late rows with publication_delay, or exchange whole "
					 "windows with strategy \"replace_window\".")));
}

void
TombstoneRetentionCheck(const Pipeline *p)
{
	if (p->tombstone_retention != NULL && p->delete_when == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"tombstone_retention\" requires option \"delete_when\""),
				 errdetail("Without it no delete leaves a tombstone."),
				 errhint("Leave it out.")));
}

void
StrategyCheck(const Pipeline *p, const SourceDefinition *source)
{
	const MergeStrategy *strategy = MergeStrategyOf(p);

	CheckHasKey(p);
	TombstoneRetentionCheck(p);
	if (strategy->check_source != NULL)
		strategy->check_source(p, source);
}

void
StrategyCheckOptions(const Pipeline *p)
{
	const MergeStrategy *strategy = MergeStrategyOf(p);

	if (strategy->check_options != NULL)
		strategy->check_options(p);
}

void
StrategyOptionsChanged(const Pipeline *p)
{
	const MergeStrategy *strategy = MergeStrategyOf(p);

	StrategyCheckOptions(p);
	if (strategy->options_changed != NULL)
		strategy->options_changed(p);
}

static void
CheckSubsetColumn(const Pipeline *p, const char *argument, const char *column)
{
	if (get_attnum(p->source, column) <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("%s column \"%s\" is not a column of %s", argument, column,
						QuotedRelation(p->source))));
	if (NamesContain(p->key, column))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s column \"%s\" is part of the key", argument, column),
				 errdetail("The key finds the row, so no update writes it."),
				 errhint("Leave it out.")));
}

static void
CheckSubset(const Pipeline *p, const char *argument, List *columns)
{
	ListCell   *lc;

	foreach(lc, columns)
		CheckSubsetColumn(p, argument, lfirst(lc));
}

void
UpdateColumnsCheck(const Pipeline *p)
{
	ListCell   *lc;

	if (p->update_columns != NIL && p->insert_only_columns != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("update_columns and insert_only_columns cannot be given together"),
				 errhint("Name the columns that an update writes, or those that it leaves.")));
	CheckSubset(p, "update_columns", p->update_columns);
	CheckSubset(p, "insert_only_columns", p->insert_only_columns);
	foreach(lc, p->insert_only_columns)
		if (NamesContain(p->sequence_by, lfirst(lc)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("insert_only_columns column \"%s\" is part of sequence_by",
							(char *) lfirst(lc)),
					 errdetail("A sequence that stood still would let late rows pass as newer "
							   "ones."),
					 errhint("Leave it out.")));
}
