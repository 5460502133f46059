/*
 * strategy_check.c
 *	  Check which options of a pipeline fit its strategy.
 */
#include "base/compat.h"
#include "merge/strategy_check.h"

#include "access/transam.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "merge/reserved.h"
#include "merge/shape.h"
#include "pgtime.h"
#include "source/definition.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

static bool
Is(const Pipeline *p, const char *strategy)
{
	return strcmp(p->strategy, strategy) == 0;
}

void
StrategyCheckName(const char *strategy)
{
	static const char *const known[] = {"append", "upsert", "scd2", "replace_window"};

	for (int i = 0; i < lengthof(known); i++)
		if (strategy != NULL && strcmp(strategy, known[i]) == 0)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("strategy \"%s\" is not known", strategy ? strategy : "null"),
			 errhint("The strategies are \"append\", \"upsert\", \"scd2\" and "
					 "\"replace_window\".")));
}

static void
CheckHasKey(const Pipeline *p)
{
	if (p->key != NIL || Is(p, "append") || Is(p, "replace_window"))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("strategy \"%s\" needs a key", p->strategy),
			 errhint("Name the columns that tell two rows apart: key => '{a,b}'.")));
}

/* A stored row is kept, or goes with its window: neither asks which of two is newer. */
static void
CheckNoOrder(const Pipeline *p)
{
	const char *argument = NULL;

	if (p->sequence_by != NIL)
		argument = "sequence_by";
	else if (p->delete_when != NULL)
		argument = "delete_when";
	if (argument != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"%s\" has no use for %s", p->strategy, argument),
				 errdetail("%s", Is(p, "append") ? "A row that is stored is never changed." :
						   "What a window has is what was loaded for it last."),
				 errhint("Leave it out, or choose strategy \"upsert\".")));
}

void
LookbackCheck(const Pipeline *p, const Interval *lookback)
{
	Interval	zero = {0};

	if (!PipelineAsksOnce(p) || lookback == NULL ||
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

/* Without a key only the slices tell what is there already. */
static void
CheckAppend(const Pipeline *p, const SourceDefinition *source)
{
	if (!PipelineAsksOnce(p))
		return;
	if (source->window == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"append\" needs a key, or a source with windows"),
				 errdetail("Source %s answers everything at each run, and its rows would be added "
						   "each time.", source->relation),
				 errhint("Name the columns of which no two events have the same values: "
						 "key => '{a,b}'.")));
	if (PipelineLoadsAll(p))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"append\" without a key cannot load everything at each run"),
				 errhint("Give it a key, or leave out load => 'full'.")));
	LookbackCheck(p, p->lookback);
}

/* A window is an interval of the column's values only when no local time comes twice. */
static void
CheckWindowType(const SourceDefinition *source)
{
	long int	offset;

	if (source->window->time == 0 || source->window_type == TIMESTAMPTZOID)
		return;
	if (source->window_type == TIMESTAMPOID &&
		pg_get_timezone_offset(source->window_zone, &offset))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("windows of less than a day cannot be told apart by column \"%s\" of type %s",
					source->window_column, format_type_be(source->window_type)),
			 errhint("Let the column have type timestamptz.")));
}

/* The rows of a slice are found by "=": it must mean the same value. */
static void
CheckParamColumn(const SourceDefinition *source, const SourceColumn *column)
{
	Oid			type = getBaseType(column->type);
	Oid			equals = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;
	Oid			collation = TupleDescAttr(source->desc, column->attnum - 1)->attcollation;

	if (column->param == NULL || !NamesContain(source->params, column->param))
		return;
	if (OidIsValid(equals) && equals < FirstNormalObjectId &&
		(!OidIsValid(collation) || get_collation_isdeterministic(collation)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("strategy \"replace_window\" cannot find rows by column \"%s\" of type %s",
					column->name, format_type_be(column->type)),
			 errdetail("It carries param \"%s\", by which a slice's rows are known, and \"=\" "
					   "does not mean the same value there.", column->param),
			 errhint("Let it have a built-in type such as text, without a collation of its own.")));
}

static void
CheckReplace(const SourceDefinition *source)
{
	if (source->window == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"replace_window\" needs a source with windows"),
				 errdetail("Source %s has none, so there is nothing to exchange.",
						   source->relation),
				 errhint("Give the foreign table option \"window\", or choose strategy "
						 "\"upsert\".")));
	CheckWindowType(source);
	for (int i = 0; i < source->ncolumns; i++)
		CheckParamColumn(source, &source->columns[i]);
}

void
TombstoneRetentionCheck(const Pipeline *p, const Interval *retention)
{
	if (retention == NULL || (p->delete_when != NULL && Is(p, "upsert")))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tombstone_retention needs strategy \"upsert\" with delete_when"),
			 errdetail("Without them no delete leaves a tombstone."),
			 errhint("Leave it out.")));
}

void
StrategyCheck(const Pipeline *p)
{
	CheckHasKey(p);
	TombstoneRetentionCheck(p, p->tombstone_retention);
	if (!Is(p, "append") && !Is(p, "replace_window"))
		return;
	CheckNoOrder(p);
	ReservedNamesCheck(p->source);
	if (Is(p, "append"))
		CheckAppend(p, SourceDefinitionRead(p->source));
	else
		CheckReplace(SourceDefinitionRead(p->source));
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

	if (columns != NIL && strcmp(p->strategy, "upsert") != 0)
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
