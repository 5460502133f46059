/*
 * holiday.c
 *	  Add and remove rules of holidays.
 *
 * Rules are shared by all date dimensions of the database, so only those who may administer
 * pipelines change them.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

PG_FUNCTION_INFO_V1(elt_add_holiday);
PG_FUNCTION_INFO_V1(elt_drop_holiday);

enum
{
	ARG_CALENDAR, ARG_NAME, ARG_MONTH, ARG_DAY, ARG_WEEKDAY, ARG_NTH, ARG_EASTER_OFFSET,
	ARG_FIRST_YEAR, ARG_LAST_YEAR, ARG_EVERY_YEARS, ARG_MONDAY_OFFSET, ARG_SATURDAY_OFFSET,
	ARG_SUNDAY_OFFSET, ARG_MOVES
};

static void
CheckGiven(FunctionCallInfo fcinfo)
{
	bool		day = !PG_ARGISNULL(ARG_MONTH) && !PG_ARGISNULL(ARG_DAY);

	RequireArg(fcinfo, ARG_CALENDAR, "calendar");
	RequireArg(fcinfo, ARG_NAME, "name");
	RequireArg(fcinfo, ARG_FIRST_YEAR, "first_year");
	RequireArg(fcinfo, ARG_LAST_YEAR, "last_year");
	RequireArg(fcinfo, ARG_EVERY_YEARS, "every_years");
	RequireArg(fcinfo, ARG_MOVES, "moves");
	if (day == !PG_ARGISNULL(ARG_EASTER_OFFSET) ||
		PG_ARGISNULL(ARG_MONTH) != PG_ARGISNULL(ARG_DAY))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a holiday requires either month and day or easter_offset")));
	if (PG_ARGISNULL(ARG_WEEKDAY) != PG_ARGISNULL(ARG_NTH) || (!PG_ARGISNULL(ARG_WEEKDAY) && !day))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weekday and nth must be specified together, with month and day")));
}

/* 29 February is not a day of most years. */
static void
CheckDay(int month, int day)
{
	if (month < 1 || month > 12 || day < 1 || day > day_tab[0][month - 1])
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("month %d and day %d are not a day of every year", month, day)));
}

static void
AddIntOrNull(Sql *q, FunctionCallInfo fcinfo, int n)
{
	SqlAdd(q, INT4OID, PG_GETARG_DATUM(n), PG_ARGISNULL(n));
}

Datum
elt_add_holiday(PG_FUNCTION_ARGS)
{
	Sql			q;

	CheckGiven(fcinfo);
	if (!PG_ARGISNULL(ARG_MONTH))
		CheckDay(PG_GETARG_INT32(ARG_MONTH), PG_GETARG_INT32(ARG_DAY));
	SPI_connect();
	SqlBegin(&q, "insert into elt_catalog.holiday (calendar, name, month, day, weekday, nth,"
			 " easter_offset, first_year, last_year, every_years, monday_offset, saturday_offset,"
			 " sunday_offset, moves)"
			 " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
	SqlAddText(&q, text_to_cstring(PG_GETARG_TEXT_PP(ARG_CALENDAR)));
	SqlAddText(&q, text_to_cstring(PG_GETARG_TEXT_PP(ARG_NAME)));
	for (int n = ARG_MONTH; n <= ARG_SUNDAY_OFFSET; n++)
		AddIntOrNull(&q, fcinfo, n);
	SqlAddBool(&q, PG_GETARG_BOOL(ARG_MOVES));
	SqlDo(&q, AsCatalog());
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(ARG_NAME));
}

static void
ReportNoHoliday(const char *calendar, const char *name, bool if_exists)
{
	if (!if_exists)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("holiday \"%s\" of calendar \"%s\" was not added by elt.add_holiday",
						name, calendar),
				 errhint("Use SELECT * FROM elt.holiday_rules WHERE NOT is_builtin to list all that "
						 "were.")));
	ereport(NOTICE,
			(errmsg("holiday \"%s\" of calendar \"%s\" was not added by elt.add_holiday, skipping",
					name, calendar)));
}

Datum
elt_drop_holiday(PG_FUNCTION_ARGS)
{
	Sql			q;
	char	   *calendar;
	char	   *name;

	RequireArg(fcinfo, 0, "calendar");
	RequireArg(fcinfo, 1, "name");
	RequireArg(fcinfo, 2, "if_exists");
	calendar = text_to_cstring(PG_GETARG_TEXT_PP(0));
	name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	SPI_connect();
	SqlBegin(&q, "delete from elt_catalog.holiday"
			 " where calendar = $1 and name = $2 and not is_builtin");
	SqlAddText(&q, calendar);
	SqlAddText(&q, name);
	if (SqlDo(&q, AsCatalog()) == 0)
		ReportNoHoliday(calendar, name, PG_GETARG_BOOL(2));
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}
