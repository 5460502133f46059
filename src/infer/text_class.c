/*
 * text_class.c
 *	  Tell what a text is written like: a number, a date, a UUID.
 *
 * A class is narrow: a text belongs to it only if the type reads it and its value says all that
 * the text said.
 */
#include "postgres.h"
#include "infer/value_facts.h"

#include "decode/convert_time.h"
#include "utils/timestamp.h"

static const char *const null_words[] = {
	"null", "NULL", "Null", "NA", "N/A", "n/a", "NaN", "nan", "None", "-", "--", "\\N"
};

static bool
IsNullWord(const char *text, size_t len)
{
	for (int i = 0; i < lengthof(null_words); i++)
		if (strlen(null_words[i]) == len && memcmp(null_words[i], text, len) == 0)
			return true;
	return false;
}

static size_t
CountDigits(const char *text, const char *end)
{
	size_t		n = 0;

	while (text + n < end && text[n] >= '0' && text[n] <= '9')
		n++;
	return n;
}

/* As many digits as numeric is sure to hold. */
#define MAX_DIGITS 1000

static TextClass
NumberClass(const char *text, size_t len)
{
	const char *end = text + len;
	const char *p = text + (*text == '-');
	size_t		whole = CountDigits(p, end);
	bool		zeros = whole > 1 && *p == '0';
	size_t		fraction;

	if (whole == 0 || len > MAX_DIGITS)
		return TEXT_OTHER;
	p += whole;
	if (p == end)
		return zeros || (*text == '-' && whole == 1 && text[1] == '0') ? TEXT_ZEROS : TEXT_INTEGER;
	if (*p++ != '.')
		return TEXT_OTHER;
	fraction = CountDigits(p, end);
	if (fraction == 0 || p + fraction != end)
		return TEXT_OTHER;
	return zeros ? TEXT_ZEROS : TEXT_DECIMAL;
}

/* -1.234.567,89 or 1234567,8 */
static bool
IsCommaNumber(const char *text, size_t len)
{
	const char *end = text + len;
	const char *p = text + (*text == '-');
	size_t		digits = CountDigits(p, end);
	bool		grouped = p + digits < end && p[digits] == '.';

	if (digits == 0 || (digits > 1 && *p == '0') || len > MAX_DIGITS || (grouped && digits > 3))
		return false;
	p += digits;
	while (p < end && *p == '.')
	{
		if (CountDigits(p + 1, end) != 3)
			return false;
		p += 4;
	}
	return p < end && *p == ',' && CountDigits(p + 1, end) > 0 && p + 1 + CountDigits(p + 1, end) == end;
}

static bool
IsUuid(const char *text, size_t len)
{
	if (len != 36)
		return false;
	for (int i = 0; i < 36; i++)
	{
		bool		dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash != (text[i] == '-'))
			return false;
		if (!dash && !(text[i] >= '0' && text[i] <= '9') && !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	}
	return true;
}

/* Does a zone follow the time? */
static bool
HasZone(const char *text, size_t len)
{
	if (text[len - 1] == 'Z')
		return true;
	for (size_t i = 16; i < len; i++)
		if (text[i] == '+' || text[i] == '-')
			return true;
	return false;
}

static TextClass
TimeClass(const char *text, size_t len)
{
	Timestamp	value;
	DateADT		day;

	if (TextToDate(text, len, &day))
		return TEXT_DATE;
	if (len < 16 || !TextToTimestamp(text, len, -1, &value))
		return TEXT_OTHER;
	return HasZone(text, len) ? TEXT_TIMESTAMPTZ : TEXT_TIMESTAMP;
}

/* Two numbers and a year, a time perhaps; LocalDates looks closer. */
static bool
LooksLocal(const char *text, size_t len)
{
	const char *end = text + len;
	size_t		n = CountDigits(text, end);
	char		separator;
	const char *p = text + n;

	if (n == 0 || n == 3 || n > 4 || p == end || (*p != '.' && *p != '/' && *p != '-'))
		return false;
	separator = *p++;
	for (int part = 0; part < 2; part++)
	{
		size_t		digits = CountDigits(p, end);

		if (digits == 0 || digits == 3 || digits > 4 || (part == 1 && (n == 4) == (digits == 4)) ||
			(part == 0 && digits > 2))
			return false;
		p += digits;
		if (part == 0 && (p == end || *p++ != separator))
			return false;
	}
	return p == end || *p == ' ' || *p == 'T';
}

TextClass
TextClassOf(const char *text, size_t len)
{
	TextClass	class;

	if (len == 0)
		return TEXT_EMPTY;
	if (IsNullWord(text, len))
		return TEXT_NULL_WORD;
	if ((len == 4 && memcmp(text, "true", 4) == 0) || (len == 5 && memcmp(text, "false", 5) == 0))
		return TEXT_BOOLEAN;
	if (*text != '-' && (*text < '0' || *text > '9'))
		return IsUuid(text, len) ? TEXT_UUID : TEXT_OTHER;
	class = NumberClass(text, len);
	if (class == TEXT_OTHER)
		class = TimeClass(text, len);
	if (class == TEXT_OTHER && IsCommaNumber(text, len))
		class = TEXT_COMMA;
	if (class == TEXT_OTHER && IsUuid(text, len))
		class = TEXT_UUID;
	if (class == TEXT_OTHER && LooksLocal(text, len))
		class = TEXT_LOCAL_DATE;
	return class;
}
