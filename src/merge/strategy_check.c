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

static void
CheckOrder(const Pipeline *p)
{
	const MergeStrategy *strategy = MergeStrategyOf(p);
	const char *argument = NULL;

	if (p->sequence_by != NIL)
		argument = "sequence_by";
	else if (p->delete_when != NULL)
		argument = "delete_when";
	if (argument != NULL && strategy->no_order != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"%s\" has no use for %s", p->strategy, argument),
				 errdetail_internal("%s", strategy->no_order),
				 errhint("Leave it out, or choose strategy \"upsert\".")));
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
TombstoneRetentionCheck(const Pipeline *p, const Interval *retention)
{
	if (retention == NULL || (p->delete_when != NULL && MergeStrategyOf(p)->keeps_tombstones))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tombstone_retention needs strategy \"upsert\" with delete_when"),
			 errdetail("Without them no delete leaves a tombstone."),
			 errhint("Leave it out.")));
}

void
StrategyCheck(const Pipeline *p, const SourceDefinition *source)
{
	const MergeStrategy *strategy = MergeStrategyOf(p);

	CheckHasKey(p);
	TombstoneRetentionCheck(p, p->tombstone_retention);
	CheckOrder(p);
	if (strategy->check_source != NULL)
		strategy->check_source(p, source);
}

static void
CheckNoHistory(const Pipeline *p)
{
	const char *option = NULL;

	if (p->track_columns != NIL)
		option = "track_columns";
	else if (strcmp(p->deletes, "close") != 0)
		option = "deletes";
	else if (strcmp(p->first_valid_from, "event") != 0)
		option = "first_valid_from";
	else if (p->late_horizon != NULL)
		option = "late_horizon";
	else if (strcmp(p->late_policy, "rebuild") != 0)
		option = "late_policy";
	if (option != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s needs strategy \"scd2\"", option),
				 errdetail("It says how a history is kept, and strategy \"%s\" keeps none.",
						   p->strategy)));
}

void
StrategyCheckOptions(const Pipeline *p)
{
	const MergeStrategy *strategy = MergeStrategyOf(p);

	if (!strategy->keeps_history)
		CheckNoHistory(p);
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

	if (columns != NIL && !MergeStrategyOf(p)->updates_columns)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s needs strategy \"upsert\"", argument),
				 errdetail("Strategy \"%s\" does not update single columns of a row.",
						   p->strategy)));
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
