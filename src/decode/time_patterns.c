/*
 * time_patterns.c
 *	  The to_timestamp patterns of a column, which are tried in order.
 */
#include "postgres.h"

#include "decode/time_patterns.h"

#include "base/item_list.h"

#define SEPARATORS " .-/:,;_"

TimePatterns *
TimePatternsCompile(const char *list)
{
	TimePatterns *patterns = palloc0(sizeof(TimePatterns));
	List	   *texts = SplitItems(list, '|');
	ListCell   *lc;

	patterns->list = pstrdup(list);
	patterns->texts = palloc(sizeof(char *) * list_length(texts));
	patterns->compiled = palloc(sizeof(TimePattern *) * list_length(texts));
	foreach(lc, texts)
	{
		int			at = patterns->n++;

		patterns->texts[at] = lfirst(lc);
		patterns->compiled[at] = TimePatternCompile(lfirst(lc));
	}
	return patterns;
}

bool
TextToPatternTime(const char *s, size_t len, const TimePatterns *patterns, Timestamp *value)
{
	for (int i = 0; i < patterns->n && patterns->compiled[i] != NULL; i++)
	{
		if (TextToTime(s, len, patterns->compiled[i], false, value))
			return true;
	}
	return false;
}

/* The next separator at or behind p, or the end; quoted text of a pattern has none. */
static const char *
NextSeparator(const char *p, bool quotes)
{
	bool		quoted = false;

	for (; *p != '\0'; p++)
	{
		if (quotes && *p == '"')
			quoted = !quoted;
		else if (!quoted && strchr(SEPARATORS, *p) != NULL)
			break;
	}
	return p;
}

/* What is left of the text may hold the sign of an offset. */
static bool
IsOffsetOnly(const char *rest, const char *pattern)
{
	return *rest == '\0' ||
		(PatternHasOffset(pattern) && rest[strspn(rest, "+-:0123456789")] == '\0');
}

bool
SeparatorsFit(const char *text, const char *pattern)
{
	const char *whole = pattern;

	for (;;)
	{
		pattern = NextSeparator(pattern, true);
		text = NextSeparator(text, false);
		if (*pattern == '\0')
			return IsOffsetOnly(text, whole);
		if (*text != *pattern)
			return false;
		text++;
		pattern++;
	}
}

bool
PatternHasOffset(const char *pattern)
{
	for (; *pattern != '\0'; pattern++)
	{
		if (pg_strncasecmp(pattern, "TZ", 2) == 0 || pg_strncasecmp(pattern, "OF", 2) == 0)
			return true;
	}
	return false;
}
