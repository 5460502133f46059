/*
 * replace_source.c
 *	  Check that the rows of a source's windows can be identified in a target, to be replaced.
 */
#include "base/compat.h"
#include "merge/replace_source.h"

#include "base/sql_name.h"
#include "base/type_equality.h"
#include "catalog/pg_type.h"
#include "merge/reserved.h"
#include "merge/shape.h"
#include "pgtime.h"
#include "source/kind.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

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
			 errmsg("windows shorter than a day cannot be distinguished by column \"%s\" of type "
					"%s",
					source->window_column, format_type_be(source->window_type)),
			 errhint("Use a column of type timestamptz.")));
}

/* The rows of a slice are found by "=": it must mean the same value. */
static void
CheckParamColumn(const SourceDefinition *source, const SourceColumn *column)
{
	Oid			collation = TupleDescAttr(source->desc, column->attnum - 1)->attcollation;

	if (column->param == NULL || !NamesContain(source->params, column->param))
		return;
	if (EqualityIsExact(column->type, collation))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("strategy \"replace_window\" cannot identify rows by column \"%s\" of type %s",
					column->name, format_type_be(column->type)),
			 errdetail("It stores param \"%s\", which identifies the rows of a slice, but its "
					   "\"=\" operator is user-defined or its collation is nondeterministic.", column->param),
			 errhint("Use a built-in type such as text, with a deterministic collation.")));
}

/* What of a foreign table's definition excludes windows, or NULL. */
static const char *
OptionBesideWindows(const SourceDefinition *source)
{
	if (source->cursor_column != NULL)
		return "cursor_column";
	return source->resumes ? "resume_path" : NULL;
}

static int
HintToHaveWindows(const SourceDefinition *source)
{
	const char *option = OptionBesideWindows(source);

	if (source->kind->wrapper == NULL)
		return errhint("Specify options \"window_interval\" and \"window_column\", or choose "
					   "strategy \"upsert\".");
	if (option != NULL)
		return errhint("Set option \"window\" of the foreign table instead of \"%s\", or choose "
					   "strategy \"upsert\".", option);
	return errhint("Set option \"window\" of the foreign table, or choose strategy \"upsert\".");
}

void
ReplaceCheckSource(const Pipeline *p, const SourceDefinition *source)
{
	ReservedNamesCheck(p->source);
	if (source->window == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"replace_window\" requires a source with windows"),
				 OptionBesideWindows(source) != NULL
				 ? errdetail("Requests to source \"%s\" continue where the last run ended, so "
							 "they do not return all rows of a window.", source->relation)
				 : errdetail("Source \"%s\" has none, so there is nothing to replace.",
							 source->relation),
				 HintToHaveWindows(source)));
	CheckWindowType(source);
	for (int i = 0; i < source->ncolumns; i++)
		CheckParamColumn(source, &source->columns[i]);
}
