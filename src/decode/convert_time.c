/*
 * convert_time.c
 *	  Convert text to dates and times: ISO 8601, seconds since 1970, simple to_timestamp
 *	  patterns.
 */
#include "postgres.h"

#include "decode/convert_number.h"
#include "decode/convert_time.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#define UNIX_EPOCH_IN_PG (((int64) POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY)

typedef struct ClockTime
{
	int			year;
	int			month;
	int			day;
	int			hour;
	int			minute;
	int			second;
	int			micros;
	int			precision;		/* digits of the fraction, less trailing zeros beyond six */
	bool		has_offset;
	int			offset;			/* seconds east of UTC */
} ClockTime;

/* n digits at *p, which moves behind them. */
static inline bool
FixedDigits(const char **p, const char *end, int n, int *value)
{
	const char *s = *p;
	int			v = 0;

	if (end - s < n)
		return false;
	for (int i = 0; i < n; i++)
	{
		unsigned	digit = (unsigned char) s[i] - '0';

		if (digit > 9)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	*p = s + n;
	return true;
}

static inline bool
Accept(const char **p, const char *end, char c)
{
	if (*p == end || **p != c)
		return false;
	(*p)++;
	return true;
}

static inline bool
DateExists(const ClockTime *t)
{
	return t->year > 0 && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
		t->day <= day_tab[isleap(t->year)][t->month - 1];
}

static inline bool
TimeExists(const ClockTime *t)
{
	return t->hour < 24 && t->minute < 60 && t->second < 60;
}

static inline bool
ReadDate(const char **p, const char *end, ClockTime *t)
{
	return FixedDigits(p, end, 4, &t->year) && Accept(p, end, '-') &&
		FixedDigits(p, end, 2, &t->month) && Accept(p, end, '-') &&
		FixedDigits(p, end, 2, &t->day) && DateExists(t);
}

/* At most six digits, and zeros behind them. */
static bool
ReadFraction(const char **p, const char *end, ClockTime *t)
{
	int			digits = 0;

	for (; *p < end && **p >= '0' && **p <= '9'; (*p)++, digits++)
	{
		if (digits < 6)
			t->micros = t->micros * 10 + (**p - '0');
		else if (**p != '0')
			return false;
	}
	t->precision = Min(digits, 6);
	for (int i = t->precision; i < 6; i++)
		t->micros *= 10;
	return digits > 0;
}

static bool
ReadOffset(const char **p, const char *end, ClockTime *t)
{
	int			sign = **p == '-' ? -1 : 1;
	int			hours;
	int			minutes = 0;

	t->has_offset = true;
	if (Accept(p, end, 'Z'))
		return true;
	if (!Accept(p, end, '+') && !Accept(p, end, '-'))
		return false;
	if (!FixedDigits(p, end, 2, &hours) || hours > 15)
		return false;
	if (*p < end)
	{
		Accept(p, end, ':');
		if (!FixedDigits(p, end, 2, &minutes) || minutes > 59)
			return false;
	}
	t->offset = sign * (hours * SECS_PER_HOUR + minutes * SECS_PER_MINUTE);
	return true;
}

static bool
ReadClock(const char *s, size_t len, ClockTime *t)
{
	const char *p = s;
	const char *end = s + len;

	memset(t, 0, sizeof(*t));
	if (!ReadDate(&p, end, t))
		return false;
	if (p == end)
		return true;
	if (!Accept(&p, end, 'T') && !Accept(&p, end, ' '))
		return false;
	if (!FixedDigits(&p, end, 2, &t->hour) || !Accept(&p, end, ':') ||
		!FixedDigits(&p, end, 2, &t->minute))
		return false;
	if (Accept(&p, end, ':'))
	{
		if (!FixedDigits(&p, end, 2, &t->second))
			return false;
		if (Accept(&p, end, '.') && !ReadFraction(&p, end, t))
			return false;
	}
	if (p < end && !ReadOffset(&p, end, t))
		return false;
	return p == end && TimeExists(t);
}

static inline Timestamp
TimestampOf(const ClockTime *t)
{
	int64		days = date2j(t->year, t->month, t->day) - POSTGRES_EPOCH_JDATE;
	int64		seconds = (t->hour * 60 + t->minute) * 60 + t->second;

	return days * USECS_PER_DAY + seconds * USECS_PER_SEC + t->micros;
}

bool
TextToDate(const char *s, size_t len, DateADT *value)
{
	const char *p = s;
	ClockTime	t;

	if (len != 10 || !ReadDate(&p, s + len, &t))
		return false;
	*value = date2j(t.year, t.month, t.day) - POSTGRES_EPOCH_JDATE;
	return true;
}

/* timestamp(p) would have to round. */
static inline bool
NeedsRounding(const ClockTime *t, int32 typmod)
{
	return typmod >= 0 && t->precision > typmod;
}

bool
TextToTimestamp(const char *s, size_t len, int32 typmod, Timestamp *value)
{
	ClockTime	t;

	if (!ReadClock(s, len, &t) || NeedsRounding(&t, typmod))
		return false;
	*value = TimestampOf(&t);
	return true;
}

/* The later one when there are two, as the input functions read it. */
static bool
LastInstantOf(Timestamp local, pg_tz *tz, TimestampTz *value)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			west;

	if (timestamp2tm(local, NULL, &tm, &fsec, NULL, NULL) != 0)
		return false;
	west = DetermineTimeZoneOffset(&tm, tz);
	*value = local + west * USECS_PER_SEC;
	return IS_VALID_TIMESTAMP(*value);
}

bool
ComesTwice(Timestamp local, pg_tz *tz, TimestampTz *first, TimestampTz *second)
{
	pg_time_t	before;
	pg_time_t	boundary;
	long		old_offset;
	long		new_offset;
	int			old_dst;
	int			new_dst;

	if (!LastInstantOf(local, tz, second))
		return false;
	before = timestamptz_to_time_t(*second) - SECS_PER_DAY;
	if (pg_next_dst_boundary(&before, &old_offset, &old_dst, &boundary, &new_offset, &new_dst,
							 tz) != 1 ||
		old_offset <= new_offset || *second < time_t_to_timestamptz(boundary))
		return false;
	*first = local - old_offset * USECS_PER_SEC;
	return *first < time_t_to_timestamptz(boundary);
}

bool
InstantOf(Timestamp local, pg_tz *tz, AmbiguousTime ambiguous, TimestampTz *value)
{
	TimestampTz first;

	if (likely(ambiguous == AMBIGUOUS_SECOND))
		return LastInstantOf(local, tz, value);
	if (ambiguous == AMBIGUOUS_ORDER)
		return false;
	if (!ComesTwice(local, tz, &first, value))
		return LastInstantOf(local, tz, value);
	*value = first;
	return true;
}

bool
TextToTimestampTz(const char *s, size_t len, int32 typmod, pg_tz *tz, AmbiguousTime ambiguous,
				  TimestampTz *value)
{
	ClockTime	t;
	Timestamp	local;

	if (!ReadClock(s, len, &t) || NeedsRounding(&t, typmod))
		return false;
	local = TimestampOf(&t);
	if (!t.has_offset)
		return InstantOf(local, tz, ambiguous, value);
	*value = local - t.offset * USECS_PER_SEC;
	return true;
}

bool
TextToInstant(const char *s, size_t len, int scale, TimestampTz *value)
{
	int64		micros;

	if (!TextToScaledInt64(s, len, scale, &micros))
		return false;
	if (micros < PG_INT64_MIN + UNIX_EPOCH_IN_PG)
		return false;
	*value = micros - UNIX_EPOCH_IN_PG;
	return IS_VALID_TIMESTAMP(*value);
}

bool
LocalTime(TimestampTz instant, pg_tz *tz, Timestamp *local)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			west;

	return timestamp2tm(instant, &west, &tm, &fsec, NULL, tz) == 0 &&
		tm2timestamp(&tm, fsec, NULL, local) == 0;
}

DateADT
DateOfTimestamp(Timestamp ts)
{
	int64		days = ts / USECS_PER_DAY;

	if (ts < days * USECS_PER_DAY)
		days--;
	return (DateADT) days;
}

/* ---- patterns ---- */

typedef enum PatternPart
{
	PART_LITERAL,
	PART_YEAR,
	PART_SHORT_YEAR,
	PART_MONTH,
	PART_DAY,
	PART_HOUR,
	PART_MINUTE,
	PART_SECOND
} PatternPart;

#define MAX_PATTERN_PARTS 32

struct TimePattern
{
	int			nparts;
	PatternPart parts[MAX_PATTERN_PARTS];
	bool		unpadded[MAX_PATTERN_PARTS];	/* FM: as many digits as there are */
	char		literals[MAX_PATTERN_PARTS];
};

static const struct
{
	const char *keyword;
	PatternPart part;
}			pattern_keywords[] = {
	{"YYYY", PART_YEAR}, {"YY", PART_SHORT_YEAR}, {"MM", PART_MONTH}, {"DD", PART_DAY},
	{"HH24", PART_HOUR}, {"MI", PART_MINUTE}, {"SS", PART_SECOND}
};

/* The keyword at p; NULL if none. */
static const char *
FindKeyword(const char *p, PatternPart *part)
{
	for (int i = 0; i < lengthof(pattern_keywords); i++)
	{
		size_t		n = strlen(pattern_keywords[i].keyword);

		if (pg_strncasecmp(p, pattern_keywords[i].keyword, n) != 0)
			continue;
		*part = pattern_keywords[i].part;
		return p + n;
	}
	return NULL;
}

/* FM before a keyword, which then is no year. */
static bool
AcceptUnpadded(const char **p)
{
	if (pg_strncasecmp(*p, "FM", 2) != 0 || pg_strncasecmp(*p + 2, "Y", 1) == 0)
		return false;
	*p += 2;
	return true;
}

TimePattern *
TimePatternCompile(const char *pattern)
{
	TimePattern *compiled = palloc0(sizeof(TimePattern));
	int			seen = 0;

	for (const char *p = pattern; *p != '\0'; compiled->nparts++)
	{
		int			at = compiled->nparts;
		PatternPart part = PART_LITERAL;
		PatternPart next;
		const char *behind = p + 1;

		if (at == MAX_PATTERN_PARTS)
			return NULL;
		if (strchr(" .-/:,;_", *p) == NULL)
		{
			compiled->unpadded[at] = AcceptUnpadded(&p);
			behind = FindKeyword(p, &part);
			/* letters right behind a keyword could make it another one, as in DDD or SSSSS */
			if (behind == NULL || (seen & (1 << part)) != 0 ||
				(isalpha((unsigned char) *behind) &&
				 (compiled->unpadded[at] || FindKeyword(behind, &next) == NULL)))
				return NULL;
			seen |= 1 << part;
		}
		compiled->parts[at] = part;
		compiled->literals[at] = *p;
		p = behind;
	}
	/* one year, and not two */
	seen &= 1 << PART_YEAR | 1 << PART_SHORT_YEAR;
	return seen == 1 << PART_YEAR || seen == 1 << PART_SHORT_YEAR ? compiled : NULL;
}

/* Two digits, or one where that is enough. */
static bool
FewDigits(const char **p, const char *end, bool one, int *value)
{
	if (!one || end - *p < 1 || (end - *p > 1 && isdigit((unsigned char) (*p)[1])))
		return FixedDigits(p, end, 2, value);
	return FixedDigits(p, end, 1, value);
}

/* As to_timestamp completes it: the year nearest to 2020. */
static bool
ShortYear(const char **p, const char *end, int *year)
{
	if (!FixedDigits(p, end, 2, year))
		return false;
	*year += *year < 70 ? 2000 : 1900;
	return true;
}

static bool
ReadPart(const char **p, const char *end, PatternPart part, bool one, char literal, ClockTime *t)
{
	switch (part)
	{
		case PART_LITERAL:
			return Accept(p, end, literal);
		case PART_YEAR:
			return FixedDigits(p, end, 4, &t->year);
		case PART_SHORT_YEAR:
			return ShortYear(p, end, &t->year);
		case PART_MONTH:
			return FewDigits(p, end, one, &t->month);
		case PART_DAY:
			return FewDigits(p, end, one, &t->day);
		case PART_HOUR:
			return FewDigits(p, end, one, &t->hour);
		case PART_MINUTE:
			return FewDigits(p, end, one, &t->minute);
		case PART_SECOND:
			return FewDigits(p, end, one, &t->second);
	}
	return false;
}

/* One digit does where no other part follows at once. */
static bool
MayBeOne(const TimePattern *pattern, int part, bool loose)
{
	return pattern->unpadded[part] ||
		(loose && (part + 1 == pattern->nparts || pattern->parts[part + 1] == PART_LITERAL));
}

bool
TextToTime(const char *s, size_t len, const TimePattern *pattern, bool loose, Timestamp *value)
{
	const char *p = s;
	ClockTime	t = {0};

	t.month = t.day = 1;
	for (int i = 0; i < pattern->nparts; i++)
	{
		if (!ReadPart(&p, s + len, pattern->parts[i], MayBeOne(pattern, i, loose),
					  pattern->literals[i], &t))
			return false;
	}
	if (p != s + len || !DateExists(&t) || !TimeExists(&t))
		return false;
	*value = TimestampOf(&t);
	return true;
}
