/*
 * cursor.c
 *	  Check, read and format cursors.
 */
#include "base/compat.h"
#include "source/cursor.h"

#include "base/sql.h"
#include "catalog/pg_type.h"
#include "source/definition_checks.h"
#include "source/options.h"
#include "source/values.h"
#include "source/windows.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#define CURSOR_NAME "cursor"

bool
IsCursorName(const SourceDefinition *def, const char *name)
{
	return def->cursor_column != NULL && strcmp(name, CURSOR_NAME) == 0;
}

void
CursorOptionsCheck(List *options)
{
	static const char *const dependents[] = {"cursor_start", "cursor_format",
	"cursor_time_zone"};

	for (int i = 0; i < lengthof(dependents); i++)
		OptionNeeds(options, dependents[i], "cursor_column",
					"Specify the column whose greatest value is sent with the next request.");
	OptionsExclude(options, "window", "cursor_column", ONE_EXTENT);
}

void
CursorOptionsRead(SourceDefinition *def, List *options)
{
	char	   *zone = OptionValue(options, "cursor_time_zone");

	def->cursor_column = OptionValue(options, "cursor_column");
	def->cursor_start = OptionValue(options, "cursor_start");
	def->cursor_has_format = OptionValue(options, "cursor_format") != NULL || zone != NULL;
	def->cursor_style = TimeStyleOf(OptionValue(options, "cursor_format"),
									ParseTimeZone(zone == NULL ? "UTC" : zone));
	if (def->cursor_style.zone == NULL)
		OptionError("cursor_time_zone", zone, NULL, NULL);
}

/* ---- checks ---- */

bool
CursorIsTime(const SourceDefinition *def)
{
	return def->cursor_type == TIMESTAMPTZOID || def->cursor_type == TIMESTAMPOID ||
		def->cursor_type == DATEOID;
}

static bool
HasOrder(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case TEXTOID:
		case VARCHAROID:
		case TIMESTAMPTZOID:
		case TIMESTAMPOID:
		case DATEOID:
			return true;
		default:
			return false;
	}
}

static void
CheckColumn(SourceDefinition *def)
{
	const SourceColumn *column = DefinitionColumn(def, "cursor_column", def->cursor_column);

	if (!HasOrder(column->type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("cursor_column \"%s\" of source \"%s\" cannot have type %s",
						column->name, def->relation, format_type_be(column->type)),
				 errdetail("A cursor column must have a timestamp, date, integer, numeric or text "
						   "type.")));
	if (column->param != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("cursor_column \"%s\" of source \"%s\" must not be a request "
						"parameter", column->name, def->relation),
				 errhint("Specify a column that is read from the response.")));
	def->cursor_attnum = column->attnum;
	def->cursor_type = column->type;
}

void
CursorCheck(SourceDefinition *def)
{
	if (def->cursor_column == NULL)
		return;
	CheckColumn(def);
	if (def->cursor_has_format && !CursorIsTime(def))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("cursor_format and cursor_time_zone of foreign table \"%s\" require a date or "
						"timestamp column", def->relation),
				 errdetail("Column \"%s\" has type %s.", def->cursor_column,
						   format_type_be(def->cursor_type))));
}

/* ---- values ---- */

char *
CursorTextOfTime(const SourceDefinition *def, TimestampTz instant)
{
	return TimeText(&def->cursor_style, instant);
}

/* JSON writes times in ISO; one without an offset is a local time of the cursor's zone. */
TimestampTz
CursorInstant(const SourceDefinition *def, const char *position)
{
	Datum		text = CStringGetDatum(position);
	Datum		none = ObjectIdGetDatum(InvalidOid);

	if (def->cursor_type == TIMESTAMPTZOID)
		return DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in, text, none,
													   Int32GetDatum(-1)));
	return LocalInstant(def->cursor_style.zone,
						DatumGetTimestamp(DirectFunctionCall3(timestamp_in, text, none,
															  Int32GetDatum(-1))));
}
