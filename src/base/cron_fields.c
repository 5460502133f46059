/*
 * cron_fields.c
 *	  Read the five fields of a cron schedule, and find the minutes that match them.
 */
#include "base/compat.h"
#include "base/cron_fields.h"

#include "datatype/timestamp.h"
#include "utils/datetime.h"

#define EXAMPLE "Specify minute, hour, day of month, month and day of week, for example '*/15 * * * *'."
#define FIELDS 5
#define MINUTES_PER_DAY 1440

typedef struct FieldKind
{
	const char *name;
	int			min;
	int			max;
	const char *const *names;	/* of its values, from min; NULL: numbers only */
} FieldKind;

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug",
"sep", "oct", "nov", "dec", NULL};
static const char *const day_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

static const FieldKind kinds[FIELDS] = {
	{"minute", 0, 59},
	{"hour", 0, 23},
	{"day of month", 1, 31},
	{"month", 1, 12, month_names},
	{"day of week", 0, 7, day_names},
};

/* What is being read. */
typedef struct Reading
{
	const char *schedule;
	const FieldKind *kind;
	const char *field;			/* as it is written */
	const char *next;			/* in field */
} Reading;

/* ---- errors ---- */

static void
pg_attribute_noreturn()
ReportInvalid(const Reading *r, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid %s \"%s\" in schedule \"%s\"", r->kind->name, r->field, r->schedule),
			 errdetail_internal("%s", detail),
			 errhint(EXAMPLE)));
}

static void
ReportCount(const char *schedule, int count)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("schedule \"%s\" must have five fields, not %d", schedule, count),
			 count <= FIELDS ? 0 :
			 errdetail("Fields for seconds or years are not supported, because the position of "
					   "every other field would depend on them."),
			 errhint(EXAMPLE " Others are words such as @hourly, and intervals such as 'every 30 "
					 "seconds'.")));
}

/* ---- reading ---- */

static int
NamedValue(Reading *r)
{
	size_t		length = strspn(r->next, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	for (int i = 0; r->kind->names != NULL && r->kind->names[i] != NULL; i++)
		if (length == 3 && pg_strncasecmp(r->kind->names[i], r->next, 3) == 0)
		{
			r->next += length;
			return r->kind->min + i;
		}
	ReportInvalid(r, r->kind->names == NULL ? "A number is expected." :
				  "A number, or the first three letters of an English name, is expected.");
}

static int
Number(Reading *r)
{
	int			value = 0;

	for (int digits = 0; isdigit((unsigned char) *r->next); digits++)
	{
		if (digits == 4)
			ReportInvalid(r, "The number is too large.");
		value = value * 10 + (*r->next++ - '0');
	}
	return value;
}

static int
Value(Reading *r)
{
	int			value = isdigit((unsigned char) *r->next) ? Number(r) : NamedValue(r);

	if (value < r->kind->min || value > r->kind->max)
		ReportInvalid(r, psprintf("Valid values are between %d and %d.", r->kind->min,
								  r->kind->max));
	return value;
}

/* "/15" behind a range; 1 when there is none. */
static int
StepWidth(Reading *r)
{
	int			step;

	if (*r->next != '/')
		return 1;
	r->next++;
	step = isdigit((unsigned char) *r->next) ? Number(r) : 0;
	if (step == 0)
		ReportInvalid(r, "The number after \"/\" must be greater than zero.");
	return step;
}

/* One of the items between commas. */
static uint64
Item(Reading *r)
{
	int			first = r->kind->min;
	int			last = r->kind->max;
	int			step;
	uint64		bits = 0;

	if (*r->next == '*')
		r->next++;
	else
	{
		first = last = Value(r);
		if (*r->next == '/')
			ReportInvalid(r, psprintf("Steps need a range, such as \"%d-%d/%s\".", first,
									  r->kind->max, r->next + 1));
		if (*r->next == '-')
		{
			r->next++;
			last = Value(r);
		}
	}
	if (first > last)
		ReportInvalid(r, "A range must not begin after its end.");
	step = StepWidth(r);
	for (int value = first; value <= last; value += step)
		bits |= UINT64CONST(1) << value;
	return bits;
}

static uint64
Field(Reading *r, bool *last_day)
{
	uint64		bits = 0;

	for (;;)
	{
		if (last_day != NULL && *r->next == '$')
		{
			*last_day = true;
			r->next++;
		}
		else
			bits |= Item(r);
		if (*r->next == '\0')
			return bits;
		if (*r->next++ != ',')
			ReportInvalid(r, "Items are separated by commas.");
	}
}

/* The fields of a text, palloc'd; returns how many there are, which may be more than FIELDS. */
static int
Split(const char *text, char **fields)
{
	char	   *copy = pstrdup(text);
	char	   *rest = copy;
	int			count = 0;
	char	   *field;

	while ((field = strtok_r(rest, " \t\n\r", &rest)) != NULL)
	{
		if (count < FIELDS)
			fields[count] = field;
		count++;
	}
	return count;
}

void
CronFieldsParse(const char *text, CronFields *f)
{
	char	   *fields[FIELDS];
	uint64		bits[FIELDS];
	int			count = Split(text, fields);

	if (count != FIELDS)
		ReportCount(text, count);
	memset(f, 0, sizeof(CronFields));
	for (int i = 0; i < FIELDS; i++)
	{
		Reading		r = {text, &kinds[i], fields[i], fields[i]};

		bits[i] = Field(&r, i == 2 ? &f->last_day : NULL);
	}
	f->minutes = bits[0];
	f->hours = (uint32) bits[1];
	f->days = (uint32) bits[2];
	f->months = (uint32) bits[3];
	/* Sunday is both 0 and 7. */
	f->weekdays = (uint32) ((bits[4] | bits[4] >> 7) & 0x7f);
	f->any_day = fields[2][0] == '*';
	f->any_weekday = fields[4][0] == '*';
}

bool
CronFieldsEveryHour(const CronFields *f)
{
	return f->hours == 0xffffff;
}

/* ---- matching ---- */

static bool
DayMatches(const CronFields *f, int64 day)
{
	int			year;
	int			month;
	int			mday;
	bool		in_month;
	bool		in_week;

	j2date((int) (day + POSTGRES_EPOCH_JDATE), &year, &month, &mday);
	if (!(f->months & (1u << month)))
		return false;
	in_month = (f->days & (1u << mday)) != 0 ||
		(f->last_day && mday == day_tab[isleap(year)][month - 1]);
	in_week = (f->weekdays & (1u << j2day((int) (day + POSTGRES_EPOCH_JDATE)))) != 0;
	return f->any_day || f->any_weekday ? in_month && in_week : in_month || in_week;
}

/* The first minute of a day at or after one, or -1. */
static int
MinuteOfDay(const CronFields *f, int from)
{
	for (int hour = from / 60, minute = from % 60; hour < 24; hour++, minute = 0)
	{
		if (!(f->hours & (1u << hour)))
			continue;
		for (; minute < 60; minute++)
			if (f->minutes & (UINT64CONST(1) << minute))
				return hour * 60 + minute;
	}
	return -1;
}

static int64
DayOf(LocalMinute minute)
{
	return minute >= 0 ? minute / MINUTES_PER_DAY : -((MINUTES_PER_DAY - 1 - minute) / MINUTES_PER_DAY);
}

bool
CronFieldsNext(const CronFields *f, LocalMinute from, LocalMinute until, LocalMinute *found)
{
	int64		first = DayOf(from);

	for (int64 day = first; day * MINUTES_PER_DAY < until; day++)
	{
		int			minute;

		if (!DayMatches(f, day))
			continue;
		minute = MinuteOfDay(f, day == first ? (int) (from - day * MINUTES_PER_DAY) : 0);
		if (minute < 0)
			continue;
		*found = day * MINUTES_PER_DAY + minute;
		return *found < until;
	}
	return false;
}
