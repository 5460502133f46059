/*
 * spelling_read.c
 *	  Read texts of values that are written otherwise than PostgreSQL reads them.
 *
 * A number is rewritten with a point and without marks; a text that does not have the declared
 * form is refused, never read in part: with grouping '.' a number has groups of three digits, so
 * that 1.5 is not 15.
 */
#include "postgres.h"

#include "decode/spelling.h"
#include "decode/spelling_private.h"

/* The length of the space at s, of any width; 0: none. */
static inline size_t
SpaceAt(const char *s, const char *end)
{
	if (s < end && (*s == ' ' || (*s >= '\t' && *s <= '\r')))
		return 1;
	if (end - s >= 2 && memcmp(s, "\xC2\xA0", 2) == 0)
		return 2;
	if (end - s >= 3 && (memcmp(s, "\xE2\x80\xAF", 3) == 0 || memcmp(s, "\xE2\x80\x89", 3) == 0 ||
						 memcmp(s, "\xE3\x80\x80", 3) == 0))
		return 3;
	return 0;
}

/* Neither a space nor a part of one. */
static inline bool
IsVisible(char c)
{
	return c > ' ' && c < 0x7f;
}

static const char *
SkipSpaces(const char *s, const char *end)
{
	size_t		n;

	while (s < end && !IsVisible(*s) && (n = SpaceAt(s, end)) > 0)
		s += n;
	return s;
}

/* Spaces are as long as their last byte says. */
static const char *
SkipSpacesBack(const char *s, const char *end)
{
	for (;;)
	{
		if (end == s || IsVisible(end[-1]))
			return end;
		if (SpaceAt(end - 1, end) == 1)
			end -= 1;
		else if (end - s >= 2 && SpaceAt(end - 2, end) == 2)
			end -= 2;
		else if (end - s >= 3 && SpaceAt(end - 3, end) == 3)
			end -= 3;
		else
			return end;
	}
}

void
SpellingTrim(const Spelling *spelling, const char **s, size_t *len)
{
	const char *end = *s + *len;

	if (!spelling->trim)
		return;
	*s = SkipSpaces(*s, end);
	*len = SkipSpacesBack(*s, end) - *s;
}

static bool
IsOneOf(const Words *words, const char *s, size_t len)
{
	for (int i = 0; i < words->n; i++)
	{
		if (words->words[i].len == len && memcmp(words->words[i].text, s, len) == 0)
			return true;
	}
	return false;
}

/* As PostgreSQL reads true and false: in upper case as in lower. */
static bool
IsWordOf(const Words *words, const char *s, size_t len)
{
	for (int i = 0; i < words->n; i++)
	{
		const Word *word = &words->words[i];
		size_t		same = 0;

		while (word->len == len && same < len && Lower(word->text[same]) == Lower(s[same]))
			same++;
		if (word->len == len && same == len)
			return true;
	}
	return false;
}

/* Is one of the words at p? Then *p is behind it. */
static bool
AcceptWord(const Words *words, const char **p, const char *end)
{
	for (int i = 0; i < words->n; i++)
	{
		const Word *word = &words->words[i];

		if (word->len > 0 && (size_t) (end - *p) >= word->len &&
			memcmp(*p, word->text, word->len) == 0)
		{
			*p += word->len;
			return true;
		}
	}
	return false;
}

static bool
AcceptText(const Word *word, const char **p, const char *end)
{
	Words		words = {1, unconstify(Word *, word)};

	return AcceptWord(&words, p, end);
}

/* + - and the minus of typesetters. */
static bool
AcceptSign(const char **p, const char *end, bool *negative)
{
	static const Word minus = {"\xE2\x88\x92", 3};

	if (*p < end && (**p == '+' || **p == '-'))
	{
		*negative = *(*p)++ == '-';
		return true;
	}
	*negative = AcceptText(&minus, p, end);
	return *negative;
}

static inline int
CopyDigits(const char **p, const char *end, char **to)
{
	int			n = 0;

	for (; *p < end && **p >= '0' && **p <= '9'; n++)
		*(*to)++ = *(*p)++;
	return n;
}

/* The digits before the decimal mark: how many, or -1 when their groups are not of three. */
static int
CopyWhole(const Spelling *s, const char **p, const char *end, char **to)
{
	const char *start = *p;
	int			n = CopyDigits(p, end, to);
	const char *group = *p;

	if (n == 0 || n > 3)
		return n;
	while (AcceptWord(&s->grouping, &group, end))
	{
		/* a space may stand before a sign of currency */
		if (group == end || *group < '0' || *group > '9')
			return n;
		/* 0.123 is a fraction with another mark */
		if (*start == '0' || CopyDigits(&group, end, to) != 3)
			return -1;
		*p = group;
		n += 3;
	}
	return n;
}

/* With at least one digit in all, and one before the point. */
static bool
CopyDecimal(const Spelling *s, const char **p, const char *end, char **to)
{
	int			whole = CopyWhole(s, p, end, to);
	const char *mark = *p;

	if (whole < 0)
		return false;
	if (!AcceptText(&s->decimal, &mark, end))
		return whole > 0;
	*p = mark;
	if (whole == 0)
		*(*to)++ = '0';
	*(*to)++ = '.';
	if (CopyDigits(p, end, to) > 0)
		return true;
	(*to)--;
	return whole > 0;
}

/* If there is one: a sign of currency may begin with an e. */
static void
CopyExponent(const char **p, const char *end, char **to)
{
	const char *digits = *p + 1;

	if (*p == end || (**p != 'e' && **p != 'E'))
		return;
	if (digits < end && (*digits == '+' || *digits == '-'))
		digits++;
	if (digits == end || *digits < '0' || *digits > '9')
		return;
	while (*p < digits)
		*(*to)++ = *(*p)++;
	(void) CopyDigits(p, end, to);
}

/* Divide by a hundred what stands between start and *to: digits with or without a point. */
static bool
MovePoint(char *start, char **to)
{
	char	   *point = memchr(start, '.', *to - start);
	int			whole;

	if (memchr(start, 'e', *to - start) || memchr(start, 'E', *to - start))
		return false;
	if (point == NULL)
		point = *to;
	else
	{
		memmove(point, point + 1, *to - point - 1);
		(*to)--;
	}
	/* at least one digit stays before the point */
	whole = point - start;
	if (whole < 3)
	{
		memmove(start + 3 - whole, start, *to - start);
		memset(start, '0', 3 - whole);
		*to += 3 - whole;
		point = start + 3;
	}
	memmove(point - 1, point - 2, *to - (point - 2));
	point[-2] = '.';
	(*to)++;
	return true;
}

/* Signs of currency, of percent and of the number may stand before it and behind it, each once. */
typedef struct Marks
{
	bool		currency;
	bool		percent;
	bool		sign;
	bool		negative;
} Marks;

static const char *
ReadMarks(const Spelling *s, const char *p, const char *end, bool before, Marks *marks)
{
	for (;;)
	{
		p = SkipSpaces(p, end);
		if (!marks->currency && AcceptWord(&s->currency, &p, end))
			marks->currency = true;
		else if (!marks->percent && s->percent != PERCENT_NONE && p < end && *p == '%')
		{
			marks->percent = true;
			p++;
		}
		else if (!marks->sign && (before || (p < end && *p == '-')) &&
				 AcceptSign(&p, end, &marks->negative))
			marks->sign = true;
		else
			return p;
	}
}

/* The number without its marks into buf, which a minus may begin; false when it is none. */
static bool
WriteNumber(const Spelling *s, const char *p, const char *end, char *buf, const char **text,
			size_t *len)
{
	Marks		marks = {0};
	char	   *start = buf + 1;
	char	   *to = start;

	p = ReadMarks(s, p, end, true, &marks);
	if (!CopyDecimal(s, &p, end, &to))
		return false;
	CopyExponent(&p, end, &to);
	if (ReadMarks(s, p, end, false, &marks) != end)
		return false;
	if (s->percent != PERCENT_NONE && !marks.percent)
		return false;
	if (s->percent == PERCENT_FRACTION && !MovePoint(start, &to))
		return false;
	buf[0] = '-';
	*text = marks.negative ? buf : start;
	*len = to - *text;
	return true;
}

/* Does it end with one of the words? Then *end is before it. */
static bool
AcceptWordBack(const Words *words, const char *p, const char **end)
{
	for (int i = 0; i < words->n; i++)
	{
		const Word *word = &words->words[i];

		if ((size_t) (*end - p) >= word->len &&
			memcmp(*end - word->len, word->text, word->len) == 0)
		{
			*end -= word->len;
			return true;
		}
	}
	return false;
}

/* A null, and percent without its sign, are for SpellingRead. */
static bool
LeaveOutMarks(const Spelling *s, const char **p, const char **end)
{
	if (s->trim)
	{
		*p = SkipSpaces(*p, *end);
		*end = SkipSpacesBack(*p, *end);
	}
	if (IsOneOf(&s->nulls, *p, *end - *p))
		return false;
	if (*p < *end && !(**p >= '0' && **p <= '9') && AcceptWord(&s->currency, p, *end))
		*p = SkipSpaces(*p, *end);
	else if (AcceptWordBack(&s->currency, *p, end))
		*end = SkipSpacesBack(*p, *end);
	if (s->percent == PERCENT_NONE)
		return true;
	if (*end == *p || (*end)[-1] != '%')
		return false;
	*end = SkipSpacesBack(*p, *end - 1);
	return true;
}

bool
SpellingBareNumber(const Spelling *spelling, const char **s, size_t *len, char *mark, char *group)
{
	const char *end = *s + *len;

	*mark = spelling->mark;
	*group = spelling->group;
	if (*mark == '\0' || (!spelling->is_bare && !LeaveOutMarks(spelling, s, &end)))
		return false;
	*len = end - *s;
	return true;
}

bool
SpellingPlainNumber(const Spelling *s, const char *p, size_t len, char *buf, size_t *plain_len)
{
	const char *end = p + len;
	char		group = s->group;
	char		mark = s->mark;
	char	   *to = buf;
	int			run = 0;		/* digits since the last mark */
	bool		grouped = false;

	if (mark == '\0')
		return false;
	if (p < end && *p == '-')
		*to++ = *p++;
	if (p < end && *p == '0')
		group = '\0';
	for (; p < end; p++)
	{
		if (likely(*p >= '0' && *p <= '9'))
		{
			*to++ = *p;
			run++;
		}
		else if (run == 0 || *p == '\0')
			return false;
		else if (*p == mark && (!grouped || run == 3))
		{
			*to++ = '.';
			mark = group = '\0';
			grouped = false;
			run = 0;
		}
		else if (*p == group && (grouped ? run == 3 : run <= 3))
		{
			grouped = true;
			run = 0;
		}
		else
			return false;
	}
	*plain_len = to - buf;
	return grouped ? run == 3 : run > 0;
}

static SpellingResult
ReadNumber(const Spelling *s, const char *p, size_t len, char *buf, const char **text,
		   size_t *text_len)
{
	if (WriteNumber(s, p, p + len, buf, text, text_len))
		return SPELLED_TEXT;
	return SPELLED_WRONG;
}

bool
SpellingRewrites(const Spelling *spelling)
{
	return spelling->is_number;
}

static SpellingResult
ReadBool(const Spelling *s, const char *p, size_t len, const char **text, size_t *text_len)
{
	bool		is_true = IsWordOf(&s->true_words, p, len);

	if (!is_true && !IsWordOf(&s->false_words, p, len))
		return SPELLED_WRONG;
	*text = is_true ? "true" : "false";
	*text_len = strlen(*text);
	return SPELLED_TEXT;
}

SpellingResult
SpellingRead(const Spelling *spelling, const char *s, size_t len, char *buf, const char **text,
			 size_t *text_len)
{
	SpellingTrim(spelling, &s, &len);
	if (IsOneOf(&spelling->nulls, s, len))
		return SPELLED_NULL;
	if (spelling->is_number)
		return ReadNumber(spelling, s, len, buf, text, text_len);
	if (spelling->is_bool)
		return ReadBool(spelling, s, len, text, text_len);
	*text = s;
	*text_len = len;
	return SPELLED_TEXT;
}

void
SpellingRefuse(const Spelling *spelling, const char *shown)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 spelling->is_bool ?
			 errmsg("\"%s\" is none of the words for true and false", shown) :
			 errmsg("\"%s\" is not a number in the format of the column", shown)));
	pg_unreachable();
}
