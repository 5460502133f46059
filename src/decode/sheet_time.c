/*
 * sheet_time.c
 *	  Dates and times of workbooks, which are numbers of days.
 *
 * Day 1 is 1900-01-01, and the year 1900 has a day 60, February 29, that never was.
 */
#include "postgres.h"

#include "decode/sheet_time.h"

#include <ctype.h>
#include <math.h>

#include "utils/datetime.h"

#define DAY_MS		INT64CONST(86400000)
#define LAST_DAY	2958465		/* 9999-12-31 */
#define DAYS_TO_1904 1462
#define LEAP_DAY	60

/* ---- formats ---- */

SheetShape
SheetShapeOfNumber(long format)
{
	static const struct
	{
		long		first;
		long		last;
		SheetShape	shape;
	}			known[] = {
		{14, 17, SHAPE_DATE}, {18, 21, SHAPE_TIME}, {22, 22, SHAPE_DATE}, {27, 31, SHAPE_DATE},
		{32, 35, SHAPE_TIME}, {36, 36, SHAPE_DATE}, {45, 45, SHAPE_TIME}, {46, 46, SHAPE_DURATION},
		{47, 47, SHAPE_TIME}, {50, 54, SHAPE_DATE}, {55, 56, SHAPE_TIME}, {57, 58, SHAPE_DATE},
	};

	for (int i = 0; i < lengthof(known); i++)
		if (format >= known[i].first && format <= known[i].last)
			return known[i].shape;
	return SHAPE_NUMBER;
}

/* [h], [mm] and the like; other brackets are colours, conditions and languages. */
static bool
IsElapsed(const char *bracket, size_t len)
{
	char		first = tolower((unsigned char) bracket[0]);

	if (len == 0 || strchr("hms", first) == NULL)
		return false;
	for (size_t i = 1; i < len; i++)
		if (tolower((unsigned char) bracket[i]) != first)
			return false;
	return true;
}

/* Letters of the first section of a code that stand for parts of dates and times. */
typedef struct CodeLetters
{
	bool		year_or_day;
	bool		month_or_minute;
	bool		hour;
	bool		second;
	bool		digit;
	bool		elapsed;
} CodeLetters;

static const char *
PassBracket(const char *p, CodeLetters *found)
{
	size_t		len = strcspn(p + 1, "]");

	found->elapsed |= IsElapsed(p + 1, len);
	return p[len + 1] == ']' ? p + len + 1 : p + len;
}

static void
TakeLetter(char letter, CodeLetters *found)
{
	switch (tolower((unsigned char) letter))
	{
		case 'y':
		case 'd':
			found->year_or_day = true;
			break;
		case 'm':
			found->month_or_minute = true;
			break;
		case 'h':
			found->hour = true;
			break;
		case 's':
			found->second = true;
			break;
		case '0':
		case '#':
		case '?':
			found->digit = true;
			break;
	}
}

static CodeLetters
LettersOf(const char *code)
{
	CodeLetters found = {0};

	for (const char *p = code; *p != '\0' && *p != ';'; p++)
	{
		if (*p == '"')
		{
			p += strcspn(p + 1, "\"") + 1;
			if (*p == '\0')
				break;
		}
		else if (*p == '[')
			p = PassBracket(p, &found);
		else if (strchr("\\_*", *p) != NULL)
		{
			if (*++p == '\0')
				break;
		}
		else if (pg_strncasecmp(p, "AM/PM", 5) == 0)
		{
			found.hour = true;
			p += 4;
		}
		else
			TakeLetter(*p, &found);
	}
	return found;
}

SheetShape
SheetShapeOfCode(const char *code)
{
	CodeLetters found = LettersOf(code);

	if (pg_strcasecmp(code, "General") == 0)
		return SHAPE_NUMBER;
	if (found.elapsed)
		return SHAPE_DURATION;
	/* digits are fractions of seconds, or else the letters are a unit that nobody has quoted */
	if (found.digit && !found.second)
		return SHAPE_NUMBER;
	if (found.year_or_day || (found.month_or_minute && !found.hour && !found.second))
		return SHAPE_DATE;
	return found.hour || found.second ? SHAPE_TIME : SHAPE_NUMBER;
}

/* ---- values ---- */

/* At the end of text, whose size is SHEET_TIME_SIZE. */
static void
AppendTime(char *text, int64 hours, int64 ms)
{
	size_t		at = strlen(text);

	snprintf(text + at, SHEET_TIME_SIZE - at, "%02lld:%02d:%02d", (long long) hours,
			 (int) (ms / 60000 % 60), (int) (ms / 1000 % 60));
	at = strlen(text);
	if (ms % 1000 != 0)
		snprintf(text + at, SHEET_TIME_SIZE - at, ".%03d", (int) (ms % 1000));
}

static void
AppendDate(char *text, int64 day, bool from_1904)
{
	int			year;
	int			month;
	int			mday;

	if (!from_1904 && (day == LEAP_DAY || day == 0))
	{
		snprintf(text, SHEET_TIME_SIZE, day == 0 ? "1900-01-00" : "1900-02-29");
		return;
	}
	if (from_1904)
		day += DAYS_TO_1904;
	j2date(date2j(1899, 12, 31) + (int) day - (day > LEAP_DAY ? 1 : 0), &year, &month, &mday);
	snprintf(text, SHEET_TIME_SIZE, "%04d-%02d-%02d", year, month, mday);
}

bool
SheetTimeText(SheetShape shape, double days, bool from_1904, char *text)
{
	int64		last = from_1904 ? LAST_DAY - DAYS_TO_1904 : LAST_DAY;
	int64		ms;

	text[0] = '\0';
	if (!(fabs(days) <= LAST_DAY + 1))
		return false;
	ms = llround(days * DAY_MS);
	if (shape == SHAPE_DURATION)
	{
		if (ms < 0)
			strlcpy(text, "-", SHEET_TIME_SIZE);
		AppendTime(text, llabs(ms) / (DAY_MS / 24), llabs(ms));
		return true;
	}
	if (ms < 0 || ms / DAY_MS > last)
		return false;
	if (ms >= DAY_MS || (shape == SHAPE_DATE && (from_1904 || ms == 0)))
		AppendDate(text, ms / DAY_MS, from_1904);
	if (text[0] != '\0' && ms % DAY_MS == 0)
		return true;
	if (text[0] != '\0')
		strlcat(text, " ", SHEET_TIME_SIZE);
	AppendTime(text, ms % DAY_MS / (DAY_MS / 24), ms % DAY_MS);
	return true;
}
