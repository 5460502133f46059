/*
 * scd2_options.c
 *	  Check the options of a history against its source and each other.
 */
#include "base/compat.h"
#include "merge/scd2_options.h"

#include "base/closest_name.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "merge/late.h"
#include "merge/reserved.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static bool
Is(const char *text, const char *value)
{
	return text != NULL && strcmp(text, value) == 0;
}

static void
CheckDeletes(const Pipeline *p)
{
	if (!Is(p->deletes, "close") && p->delete_when == NULL && Is(p->absent, "ignore"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"deletes\" with value \"%s\" requires option \"delete_when\"",
						p->deletes),
				 errdetail("Without delete_when no row is a delete.")));
}

static void
CheckTime(const Pipeline *p)
{
	const char *column;
	Oid			type;

	if (p->sequence_by == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"scd2\" requires option \"sequence_by\""),
				 errhint("Specify the column with the time at which a row became valid first; "
						 "further columns order rows of the same time. If the source has no such "
						 "time, set \"history_by\" to \"load\".")));
	column = linitial(p->sequence_by);
	type = get_atttype(p->source, get_attnum(p->source, column));
	if (type != TIMESTAMPTZOID && type != TIMESTAMPOID && type != DATEOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("first sequence_by column \"%s\" has type %s, but strategy \"scd2\" "
						"requires a date/time type",
						column, format_type_be(type)),
				 errhint("Use a column of type timestamptz, timestamp or date.")));
}

/* Names of the history's own columns. */
static void
CheckNames(const Pipeline *p)
{
	static const char *const own[] = {"valid_from", "valid_to", "is_current"};

	ReservedNamesCheck(p->source);
	for (int i = 0; i < lengthof(own); i++)
		if (get_attnum(p->source, own[i]) != InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_RESERVED_NAME),
					 errmsg("source column name \"%s\" is reserved by strategy \"scd2\"",
							own[i]),
					 errdetail("A history has its own columns valid_from, valid_to and is_current."),
					 errhint("Rename the column of the foreign table, and set its option \"path\" "
							 "to the field's name.")));
}

static void
CheckTracked(const Pipeline *p)
{
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, p->track_columns)
	{
		const char *column = lfirst(lc);

		if (get_attnum(p->source, column) <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("track_columns column \"%s\" does not exist in source \"%s\"", column,
							RelationLabel(p->source)),
					 SourceColumnHint(column, p->source)));
		foreach(other, list_concat_copy(p->key, p->sequence_by))
			if (Is(column, lfirst(other)))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("track_columns column \"%s\" is part of key or sequence_by",
								column)));
	}
}

void
Scd2CheckOptions(const Pipeline *p)
{
	CheckDeletes(p);
	LateCheckOptions(p);
	CheckTime(p);
	CheckTracked(p);
	CheckNames(p);
}

/* ---- by load ---- */

static void
RefuseByLoad(const char *option, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" conflicts with option \"history_by\" with value \"load\"", option),
			 errdetail("%s", detail),
			 errhint("Omit one of the two.")));
}

void
LoadHistoryCheckOptions(const Pipeline *p)
{
	if (p->sequence_by != NIL)
		RefuseByLoad("sequence_by", "A change becomes valid when the load that has it began.");
	if (p->late_horizon != NULL)
		RefuseByLoad("late_horizon", "Loads land in the order in which they began, so no row is late.");
	if (!Is(p->late_policy, "rebuild"))
		RefuseByLoad("late_policy", "Loads land in the order in which they began, so no row is late.");
	CheckDeletes(p);
	CheckTracked(p);
	CheckNames(p);
}
