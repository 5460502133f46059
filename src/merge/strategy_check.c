/*
 * strategy_check.c
 *	  Check which options of a pipeline fit its strategy.
 */
#include "base/compat.h"
#include "merge/strategy_check.h"

#include "base/closest_name.h"
#include "base/sql.h"
#include "base/sql_name.h"
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
			 errmsg("strategy \"%s\" requires a key", p->strategy),
			 errhint("Specify the columns that identify a row, for example key => '{a,b}'.")));
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
			 errmsg("strategy \"append\" with lookback requires a key"),
			 errdetail("Rows of a window that is requested again would be added twice."),
			 errhint("Specify a key, wait for late rows with publication_delay, or replace whole "
					 "windows with strategy \"replace_window\".")));
}

void
TombstoneRetentionCheck(const Pipeline *p)
{
	if (p->tombstone_retention != NULL && p->delete_when == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"tombstone_retention\" requires option \"delete_when\""),
				 errdetail("Without it deletes do not leave tombstones."),
				 errhint("Omit it.")));
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
				 errmsg("%s column \"%s\" does not exist in source \"%s\"", argument, column,
						RelationLabel(p->source)),
				 SourceColumnHint(column, p->source)));
	if (NamesContain(p->key, column))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s column \"%s\" is part of the key", argument, column),
				 errdetail("Rows are matched by key, so an update cannot change it."),
				 errhint("Omit it.")));
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
				 errmsg("update_columns and insert_only_columns cannot be specified together"),
				 errhint("Specify either the columns that updates write or those that they do not.")));
	CheckSubset(p, "update_columns", p->update_columns);
	CheckSubset(p, "insert_only_columns", p->insert_only_columns);
	foreach(lc, p->insert_only_columns)
		if (NamesContain(p->sequence_by, lfirst(lc)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("insert_only_columns column \"%s\" is part of sequence_by",
							(char *) lfirst(lc)),
					 errdetail("If updates did not write it, late rows would be treated as newer "
							   "ones."),
					 errhint("Omit it.")));
}
