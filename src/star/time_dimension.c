/*
 * time_dimension.c
 *	  Create a dimension of the times of a day, in equal steps.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/sql.h"
#include "star/dimension.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_create_time_dimension);

/* t: seconds of the day */
static const DimensionColumn columns[] = {
	{"time_key", "int", "t / 3600 * 10000 + t / 60 % 60 * 100 + t % 60",
	"HHMMSS; -1 unknown, -2 missing, -3 invalid"},
	{"time", "time", "time '00:00' + t * interval '1 second'",
	"when the step begins; null for the members -1, -2 and -3"},
	{"label", "text NOT NULL", "to_char(time '00:00' + t * interval '1 second', 'HH24:MI:SS')",
	"the time as text, or unknown, missing or invalid", true},
	{"hour", "int", "t / 3600", "0 to 23"},
	{"minute", "int", "t / 60 % 60", "0 to 59"},
	{"second", "int", "t % 60", "0 to 59"},
	{"hour_label", "text NOT NULL", "to_char(time '00:00' + t * interval '1 second', 'HH24:00')",
	"the hour as text", true},
	{"quarter_hour", "time", "time '00:00' + t / 900 * interval '15 minutes'",
	"when the quarter of an hour begins"},
	{"half_hour", "time", "time '00:00' + t / 1800 * interval '30 minutes'", "when the half hour begins"},
};

/* Whole seconds that divide a day. */
static int
StepSeconds(const Interval *step)
{
	if (step->month != 0 || step->day != 0 || step->time <= 0 || step->time > USECS_PER_DAY ||
		step->time % USECS_PER_SEC != 0 || USECS_PER_DAY % step->time != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("step must be a number of seconds that divides a day")));
	return step->time / USECS_PER_SEC;
}

static void
Fill(const Dimension *d, int step)
{
	StringInfoData sql;

	initStringInfo(&sql);
	DimensionAppendInsert(&sql, d, columns, lengthof(columns));
	appendStringInfo(&sql, " FROM generate_series(0, 86399, %d) AS t", step);
	(void) SqlExec(sql.data, d->role);
}

Datum
elt_create_time_dimension(PG_FUNCTION_ARGS)
{
	Dimension  *d;
	int			step;
	Oid			view;

	RequireArg(fcinfo, 0, "name");
	RequireArg(fcinfo, 1, "step");
	step = StepSeconds(PG_GETARG_INTERVAL_P(1));
	SPI_connect();
	d = DimensionNew("time", text_to_cstring(PG_GETARG_TEXT_PP(0)), "_times");
	d->step = PG_GETARG_INTERVAL_P(1);
	DimensionCreate(d, columns, lengthof(columns), NULL, 0,
					"grain: one step of the day, and the members -1 unknown, -2 missing and -3 invalid");
	Fill(d, step);
	DimensionAddKeys(d, columns);
	view = DimensionRegister(d);
	SPI_finish();
	PG_RETURN_OID(view);
}
