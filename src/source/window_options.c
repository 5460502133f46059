/*
 * window_options.c
 *	  Check and read the options about windows.
 */
#include "base/compat.h"
#include "source/window_options.h"

#include "catalog/pg_type.h"
#include "source/definition_checks.h"
#include "source/option_read.h"
#include "source/options.h"
#include "source/values.h"
#include "source/windows.h"
#include "utils/builtins.h"

void
WindowOptionsCheck(List *options)
{
	static const char *const dependents[] = {"window_column", "window_format",
	"window_time_zone", "window_clamp"};

	for (int i = 0; i < lengthof(dependents); i++)
		OptionNeeds(options, dependents[i], "window",
					"Specify the time range of one request, such as window '1 day'.");
	OptionNeeds(options, "window", "window_column",
				"Specify the column that holds the time of each row.");
}

void
WindowOptionsRead(SourceDefinition *def, List *options)
{
	char	   *window = OptionValue(options, "window");
	char	   *zone = OptionValue(options, "window_time_zone");
	const char *problem = NULL;

	def->window_zone = ParseTimeZone(zone == NULL ? "UTC" : zone);
	if (def->window_zone == NULL)
		OptionError("window_time_zone", zone, NULL, NULL);
	if (window == NULL)
		return;
	def->window = ParseWindow(window, &problem);
	if (def->window == NULL)
		OptionError("window", window, problem, NULL);
	def->window_column = OptionValue(options, "window_column");
	def->window_clamp = OptionBoolean(options, "window_clamp", false);
	def->window_style = TimeStyleOf(OptionValue(options, "window_format"), def->window_zone);
}

/* ---- checks ---- */

static void
CheckColumn(SourceDefinition *def)
{
	const SourceColumn *column = DefinitionColumn(def, "window_column", def->window_column);

	if (column->type != TIMESTAMPTZOID && column->type != TIMESTAMPOID &&
		column->type != DATEOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("window_column \"%s\" of source \"%s\" cannot have type %s",
						column->name, def->relation, format_type_be(column->type)),
				 errdetail("A window column must be of type timestamptz, timestamp or date.")));
	def->window_attnum = column->attnum;
	def->window_type = column->type;
}

/* A format too coarse for its windows would ask for the same thing again and again. */
static void
CheckFormatIsFine(const SourceDefinition *def)
{
	TimestampTz first = WindowFloor(def->window, def->window_zone, 0);
	TimestampTz second = WindowNext(def->window, def->window_zone, first);
	char	   *text = WindowBoundText(def, first);

	if (strcmp(text, WindowBoundText(def, second)) != 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("window_format \"%s\" of foreign table \"%s\" is too coarse for its window",
					def->window_style.pattern, def->relation),
			 errdetail("Two consecutive windows both start at \"%s\".", text)));
}

void
WindowCheck(SourceDefinition *def)
{
	if (def->window == NULL)
		return;
	CheckColumn(def);
	CheckFormatIsFine(def);
}
