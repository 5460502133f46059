/*
 * date_dimension.c
 *	  Create a dimension of days, extend it, and apply changed holidays to it.
 *
 * What depends on the current date is in the view; the rest is stored. Weeks are those of ISO 8601,
 * which belong to iso_year. A fiscal year has the number of the calendar year in which it ends.
 */
#include "base/compat.h"
#include "star/date_dimension.h"

#include "access/xact.h"
#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "star/dimension.h"
#include "star/group_members.h"
#include "star/restate_facts.h"
#include "star/star_turn.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/guc.h"

PG_FUNCTION_INFO_V1(elt_create_date_dimension);
PG_FUNCTION_INFO_V1(elt_refresh_date_dimension);

/* d: the day, a timestamp; f: the day in the fiscal year that begins in January; h: its holiday. */
static const DimensionColumn columns[] = {
	{"date_key", "int", "to_char(d, 'YYYYMMDD')::int", "YYYYMMDD; -1 unknown, -2 missing, -3 invalid"},
	{"date", "date", "d::date", "the day; null for the members -1, -2 and -3"},
	{"label", "text NOT NULL", "to_char(d, 'YYYY-MM-DD')",
	"the day as text, or unknown, missing or invalid", true},
	{"day_name", "text NOT NULL", "to_char(d, 'TMDay')", "name of the weekday", true},
	{"day_short", "text NOT NULL", "to_char(d, 'TMDy')", "short name of the weekday", true},
	{"iso_day_of_week", "int", "date_part('isodow', d)::int", "1 Monday to 7 Sunday"},
	{"day_of_month", "int", "date_part('day', d)::int", "1 to 31"},
	{"day_of_year", "int", "date_part('doy', d)::int", "1 to 366"},
	{"iso_week", "int", "date_part('week', d)::int", "week of iso_year, 1 to 53"},
	{"iso_year", "int", "date_part('isoyear', d)::int", "year of the ISO week"},
	{"iso_week_label", "text NOT NULL", "to_char(d, 'IYYY-\"W\"IW')", "year and week, 2024-W01", true},
	{"week_start", "date", "date_trunc('week', d)::date", "Monday of the week"},
	{"week_end", "date", "date_trunc('week', d)::date + 6", "Sunday of the week"},
	{"month", "int", "date_part('month', d)::int", "1 to 12"},
	{"month_name", "text NOT NULL", "to_char(d, 'TMMonth')", "name of the month", true},
	{"month_short", "text NOT NULL", "to_char(d, 'TMMon')", "short name of the month", true},
	{"month_label", "text NOT NULL", "to_char(d, 'YYYY-MM')", "year and month, 2024-01", true},
	{"month_start", "date", "date_trunc('month', d)::date", "first day of the month"},
	{"month_end", "date", "(date_trunc('month', d) + interval '1 month')::date - 1", "last day of the month"},
	{"quarter", "int", "date_part('quarter', d)::int", "1 to 4"},
	{"quarter_label", "text NOT NULL", "to_char(d, 'YYYY-\"Q\"Q')", "year and quarter, 2024-Q1", true},
	{"quarter_start", "date", "date_trunc('quarter', d)::date", "first day of the quarter"},
	{"quarter_end", "date", "(date_trunc('quarter', d) + interval '3 months')::date - 1",
	"last day of the quarter"},
	{"year", "int", "date_part('year', d)::int", "calendar year"},
	{"year_start", "date", "date_trunc('year', d)::date", "first day of the year"},
	{"year_end", "date", "(date_trunc('year', d) + interval '1 year')::date - 1", "last day of the year"},
	{"fiscal_year", "int", "date_part('year', f)::int + past_january",
	"calendar year in which the fiscal year ends"},
	{"fiscal_quarter", "int", "date_part('quarter', f)::int", "quarter of the fiscal year"},
	{"fiscal_month", "int", "date_part('month', f)::int", "month of the fiscal year"},
	{"fiscal_year_start", "date", "(date_trunc('year', f) + shift)::date", "first day of the fiscal year"},
	{"fiscal_year_end", "date", "(date_trunc('year', f) + shift + interval '1 year')::date - 1",
	"last day of the fiscal year"},
	{"is_weekend", "boolean", "date_part('isodow', d) IN (6, 7)", "Saturday or Sunday"},
	{"is_holiday", "boolean", "h.name IS NOT NULL", "holiday of the calendar, or a day off in place of one"},
	{"holiday_name", "text", "h.name", "name of the holiday, of several separated by semicolons"},
	{"is_working_day", "boolean", "date_part('isodow', d) NOT IN (6, 7) AND h.name IS NULL",
	"neither weekend nor holiday"},
};

/* d: the row of the table. */
static const DimensionColumn relative[] = {
	{"days_ago", NULL, "current_date - d.date", "days from then to today; negative: in the future"},
	{"weeks_ago", NULL, "(date_trunc('week', current_date)::date - d.week_start) / 7",
	"weeks from then to this week"},
	{"months_ago", NULL, "(date_part('year', current_date)::int - d.year) * 12"
	" + date_part('month', current_date)::int - d.month", "months from then to this month"},
	{"quarters_ago", NULL, "(date_part('year', current_date)::int - d.year) * 4"
	" + date_part('quarter', current_date)::int - d.quarter", "quarters from then to this quarter"},
	{"years_ago", NULL, "date_part('year', current_date)::int - d.year", "years from then to this year"},
};

/* ---- days ---- */

static void
AppendColumns(StringInfo sql, const char *prefix, int from)
{
	for (int i = from; i < lengthof(columns); i++)
		appendStringInfo(sql, "%s%s%s", i > from ? ", " : "", prefix, columns[i].name);
}

/*
 * Insert days. $1 and $2 are the first and the last, $3 and $4 the holidays between them and their
 * names.
 */
static void
AppendInsert(StringInfo sql, const Dimension *d)
{
	int			shift = d->fiscal_start_month - 1;

	DimensionAppendInsert(sql, d, columns, lengthof(columns));
	appendStringInfo(sql, " FROM generate_series($1::timestamp, $2::timestamp, interval '1 day') AS d"
					 " CROSS JOIN (SELECT %d AS past_january, interval '%d months' AS shift) c"
					 " CROSS JOIN LATERAL (SELECT d - shift) AS l(f)"
					 " LEFT JOIN unnest($3, $4) AS h(date, name) ON h.date = d::date",
					 shift > 0 ? 1 : 0, shift);
}

/* Update those that are there and differ. */
static void
AppendUpdate(StringInfo sql)
{
	appendStringInfoString(sql, " ON CONFLICT (date_key) DO UPDATE SET (");
	AppendColumns(sql, "", 1);
	appendStringInfoString(sql, ") = (");
	AppendColumns(sql, "excluded.", 1);
	appendStringInfoString(sql, ") WHERE (");
	AppendColumns(sql, "t.", 1);
	appendStringInfoString(sql, ") IS DISTINCT FROM (");
	AppendColumns(sql, "excluded.", 1);
	appendStringInfoChar(sql, ')');
}

/* As $3 and $4. The calendars are of the extension; the table is of the dimension's role. */
static void
AddHolidays(Sql *fill, const char *calendar, DateADT first, DateADT last)
{
	Sql			q;

	SqlBegin(&q, "select coalesce(array_agg(date), '{}'), coalesce(array_agg(name), '{}') from"
			 " (select date, string_agg(name, '; ' order by name) as name"
			 " from elt.holidays($1, $2, $3) group by date) h");
	SqlAddText(&q, calendar);
	SqlAdd(&q, DATEOID, DateADTGetDatum(first), false);
	SqlAdd(&q, DATEOID, DateADTGetDatum(last), false);
	SqlRun(&q, AsCatalog());
	SqlAdd(fill, DATEARRAYOID, datumCopy(SqlDatum(&q, 0, 1, NULL), false, -1), false);
	SqlAdd(fill, TEXTARRAYOID, datumCopy(SqlDatum(&q, 0, 2, NULL), false, -1), false);
	SqlDone(&q);
}

static void
SayWhichLocales(void *arg)
{
	errhint("Specify a locale that the operating system has, such as 'de_DE.UTF-8'. The command "
			"\"locale -a\" lists them.");
}

/* Until the end of the nest level of settings. */
static void
SetLocale(const char *locale)
{
	ErrorContextCallback context = {error_context_stack, SayWhichLocales, NULL};

	error_context_stack = &context;
	(void) set_config_option("lc_time", locale, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	error_context_stack = context.previous;
}

/* Names of days and months follow lc_time, for this statement only. */
static int64
Fill(const Dimension *d, DateADT first, DateADT last, bool some_are_there)
{
	int			level = NewGUCNestLevel();
	StringInfoData sql;
	Sql			q;
	int64		written;

	initStringInfo(&sql);
	AppendInsert(&sql, d);
	if (some_are_there)
		AppendUpdate(&sql);
	SqlBegin(&q, sql.data);
	SqlAdd(&q, DATEOID, DateADTGetDatum(first), false);
	SqlAdd(&q, DATEOID, DateADTGetDatum(last), false);
	AddHolidays(&q, d->calendar, first, last);
	SetLocale(d->locale);
	written = SqlDo(&q, d->role);
	AtEOXact_GUC(true, level);
	return written;
}

/* Keys have four digits of the year. */
static void
CheckDate(const char *argument, DateADT date)
{
	if (date < date2j(1, 1, 1) - POSTGRES_EPOCH_JDATE ||
		date > date2j(9999, 12, 31) - POSTGRES_EPOCH_JDATE)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("%s must be between 0001-01-01 and 9999-12-31", argument)));
}

static DateADT
Today(void)
{
	return DatumGetDateADT(DirectFunctionCall1(timestamptz_date,
											   TimestampTzGetDatum(GetCurrentTransactionStartTimestamp())));
}

/* Two whole years ahead. */
static DateADT
UsualEnd(void)
{
	int			year,
				month,
				day;

	j2date(Today() + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return date2j(year + 2, 12, 31) - POSTGRES_EPOCH_JDATE;
}

/* ---- creation ---- */

static void
CheckArguments(FunctionCallInfo fcinfo)
{
	RequireArg(fcinfo, 0, "name");
	RequireArg(fcinfo, 1, "from_date");
	RequireArg(fcinfo, 3, "fiscal_start_month");
	RequireArg(fcinfo, 5, "locale");
	CheckDate("from_date", PG_GETARG_DATEADT(1));
	if (PG_GETARG_INT32(3) < 1 || PG_GETARG_INT32(3) > 12)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fiscal_start_month must be between 1 and 12")));
}

/* A name with a typing error would make a year without holidays. */
static void
CheckCalendar(const char *calendar)
{
	Sql			q;

	SqlBegin(&q, "select from elt_catalog.holiday where calendar = $1");
	SqlAddText(&q, calendar);
	if (SqlDo(&q, AsCatalog()) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("calendar \"%s\" does not exist", calendar),
				 errhint("Use SELECT DISTINCT calendar FROM elt.holiday_rules to list all calendars, "
						 "and elt.add_holiday to add one.")));
}

static DateADT
EndArg(FunctionCallInfo fcinfo, int n, DateADT otherwise)
{
	if (PG_ARGISNULL(n))
		return otherwise;
	CheckDate("to_date", PG_GETARG_DATEADT(n));
	return PG_GETARG_DATEADT(n);
}

static Dimension *
DimensionOfCall(FunctionCallInfo fcinfo)
{
	Dimension  *d = DimensionNew("date", text_to_cstring(PG_GETARG_TEXT_PP(0)), "_days");

	d->fiscal_start_month = PG_GETARG_INT32(3);
	d->calendar = PG_ARGISNULL(4) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(4));
	d->locale = text_to_cstring(PG_GETARG_TEXT_PP(5));
	if (d->calendar != NULL)
		CheckCalendar(d->calendar);
	return d;
}

Datum
elt_create_date_dimension(PG_FUNCTION_ARGS)
{
	Dimension  *d;
	DateADT		last;
	Oid			view;

	CheckArguments(fcinfo);
	last = EndArg(fcinfo, 2, Max(UsualEnd(), PG_GETARG_DATEADT(1)));
	if (last < PG_GETARG_DATEADT(1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("to_date must not be before from_date")));
	SPI_connect();
	d = DimensionOfCall(fcinfo);
	DimensionCreate(d, columns, lengthof(columns), relative, lengthof(relative),
					"grain: one day, and the members -1 unknown, -2 missing and -3 invalid");
	(void) Fill(d, PG_GETARG_DATEADT(1), last, false);
	DimensionAddKeys(d, columns);
	view = DimensionRegister(d);
	SPI_finish();
	PG_RETURN_OID(view);
}

/* ---- extension ---- */

typedef struct Days
{
	DateADT		first;
	DateADT		last;
} Days;

static Days
StoredDays(const Dimension *d)
{
	Days		days;
	Sql			q;
	bool		isnull;

	SqlBegin(&q, psprintf("SELECT min(date), max(date) FROM %s", d->table));
	SqlRun(&q, d->role);
	days.first = DatumGetDateADT(SqlDatum(&q, 0, 1, &isnull));
	days.last = DatumGetDateADT(SqlDatum(&q, 0, 2, NULL));
	SqlDone(&q);
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("date dimension \"%s.%s\" has no days", d->schema, d->name),
				 errhint("Drop it with elt.drop_dimension and create it again.")));
	return days;
}

Datum
elt_refresh_date_dimension(PG_FUNCTION_ARGS)
{
	Dimension  *d;
	Days		days;
	DateADT		last;
	int64		written;
	MembersBefore *before;

	RequireArg(fcinfo, 0, "relation");
	SPI_connect();
	d = DimensionOf(PG_GETARG_OID(0));
	if (d == NULL || d->is_role || strcmp(d->kind, "date") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a date dimension", RelationLabel(PG_GETARG_OID(0))),
				 errhint("Use SELECT * FROM elt.dimensions to list all dimensions.")));
	DimensionCheckMayChange(d);
	StarTurnTakeOfDimension(d->base);
	days = StoredDays(d);
	last = EndArg(fcinfo, 1, UsualEnd());
	before = MembersRemember(d, NULL);
	written = Fill(d, days.first, Max(days.last, last), true);
	RestateFactsOfDays(d->base);
	MembersRegroup(before);
	SPI_finish();
	PG_RETURN_INT64(written);
}

List *
DateDimensions(void)
{
	Sql			q;

	SqlBegin(&q, "select d.relation::oid from elt_catalog.dimension d"
			 " join pg_catalog.pg_class c on c.oid = d.relation where d.kind = 'date' order by 1");
	return SqlDoOids(&q, AsCatalog());
}

void
DateDimensionExtend(Oid relation)
{
	Dimension  *d = DimensionOf(relation);
	Days		days;
	MembersBefore *before;

	if (d == NULL)
		return;
	days = StoredDays(d);
	if (days.last >= UsualEnd())
		return;
	StarTurnTakeOfDimension(d->base);
	before = MembersRemember(d, NULL);
	(void) Fill(d, days.last + 1, UsualEnd(), false);
	RestateFactsOfDays(d->base);
	MembersRegroup(before);
}
