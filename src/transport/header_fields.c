/*
 * header_fields.c
 *	  Parse the header fields of a response.
 */
#include "base/compat.h"
#include "transport/header_fields.h"

#include <ctype.h>
#include <curl/curl.h>
#include <math.h>
#include <time.h>

#include "transport/readable.h"

#define FIRST_FIELDS	16
#define LONGEST_WAIT_S	(366.0 * 86400)

static char *
LowerCopy(const char *text, size_t len)
{
	char	   *copy = pnstrdup(text, len);
	char	   *p;

	for (p = copy; *p; p++)
		*p = pg_ascii_tolower((unsigned char) *p);
	return copy;
}

static bool
IsBlank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *
SkipBlanks(const char *p, const char *end)
{
	while (p < end && IsBlank(*p))
		p++;
	return p;
}

static const char *
TrimEnd(const char *start, const char *end)
{
	while (end > start && IsBlank(end[-1]))
		end--;
	return end;
}

static PageField *
FindField(const FetchedPage *page, const char *name)
{
	int			i;

	for (i = 0; i < page->nheaders; i++)
		if (strcmp(page->headers[i].name, name) == 0)
			return &page->headers[i];
	return NULL;
}

static void
PutField(FetchedPage *page, char *name, char *value)
{
	PageField  *same = FindField(page, name);

	if (same != NULL)
	{
		same->value = psprintf("%s, %s", same->value, value);
		return;
	}
	if (page->headers == NULL)
		page->headers = palloc(FIRST_FIELDS * sizeof(PageField));
	else if (page->nheaders >= FIRST_FIELDS && (page->nheaders & (page->nheaders - 1)) == 0)
		page->headers = repalloc(page->headers, 2 * page->nheaders * sizeof(PageField));
	page->headers[page->nheaders].name = name;
	page->headers[page->nheaders].value = value;
	page->nheaders++;
}

static void
TakeLine(FetchedPage *page, const char *line, const char *end)
{
	const char *colon = memchr(line, ':', end - line);
	const char *value;

	if (colon == NULL || colon == line)
		return;
	value = SkipBlanks(colon + 1, end);
	end = TrimEnd(value, end);
	PutField(page, LowerCopy(line, TrimEnd(line, colon) - line),
			 ReadableText(value, end - value, false));
}

/* A line that begins with a blank goes on with the field before it. */
static const char *
NextField(const char *line, const char *end)
{
	do
	{
		const char *newline = memchr(line, '\n', end - line);

		line = newline == NULL ? end : newline + 1;
	} while (line < end && IsBlank(*line));
	return line;
}

static bool
IsLineEnd(char c)
{
	return c == '\r' || c == '\n';
}

/* A tab is a blank, and so is the end of a folded line with the blanks of the next one. */
static void
TakeField(FetchedPage *page, const char *line, const char *end)
{
	char	   *field = palloc(end - line + 1);
	char	   *out = field;

	while (line < end)
	{
		bool		folded = IsLineEnd(*line);

		*out++ = folded || *line == '\t' ? ' ' : *line;
		line++;
		while (folded && line < end && (IsLineEnd(*line) || IsBlank(*line)))
			line++;
	}
	*out = '\0';
	TakeLine(page, field, out);
}

static char *
CopyHeader(const FetchedPage *page, const char *name)
{
	PageField  *field = FindField(page, name);

	return field == NULL || field->value[0] == '\0' ? NULL : field->value;
}

/* The value of charset= among the parameters of a media type, or NULL. */
static char *
CharsetOf(const char *parameters)
{
	const char *p;
	size_t		len;

	for (p = parameters; *p == ';'; p += strcspn(p, ";"))
	{
		p++;
		p += strspn(p, " \t");
		if (pg_strncasecmp(p, "charset=", 8) != 0)
			continue;
		p += 8;
		p += strspn(p, "\"'");
		len = strcspn(p, "\"'; \t");
		return len == 0 ? NULL : LowerCopy(p, len);
	}
	return NULL;
}

static void
TakeContentType(FetchedPage *page)
{
	const char *value = CopyHeader(page, "content-type");
	size_t		len;

	if (value == NULL)
		return;
	len = strcspn(value, ";");
	page->charset = CharsetOf(value + len);
	page->content_type = LowerCopy(value, TrimEnd(value, value + len) - value);
}

/* Digits with at most one point; -1 for anything else. */
static double
DecimalSeconds(const char *text)
{
	size_t		len = strspn(text, "0123456789.");

	if (len == 0 || len > 20 || text[len] != '\0' || !isdigit((unsigned char) text[0]) ||
		strchr(text, '.') != strrchr(text, '.'))
		return -1;
	return strtod(text, NULL);
}

/* Counted from the server's own clock where it tells it. */
static double
SecondsUntil(const FetchedPage *page, const char *http_date)
{
	time_t		until = curl_getdate(http_date, NULL);
	time_t		now = page->sent_at > 0 ? (time_t) page->sent_at : time(NULL);

	return until == -1 ? -1 : difftime(until, now);
}

static int64
SentAt(const FetchedPage *page)
{
	const char *date = CopyHeader(page, "date");
	time_t		sent = date == NULL ? -1 : curl_getdate(date, NULL);

	return sent == -1 ? 0 : (int64) sent;
}

static int64
RetryAfterMs(const FetchedPage *page)
{
	const char *value = CopyHeader(page, "retry-after");
	double		seconds;

	if (value == NULL)
		return -1;
	seconds = DecimalSeconds(value);
	if (seconds < 0 && !isdigit((unsigned char) value[0]))
		seconds = SecondsUntil(page, value);
	if (seconds <= 0)
		return -1;
	return (int64) ceil(Min(seconds, LONGEST_WAIT_S) * 1000);
}

/* A change within the second of the answer would leave it as it is: then it tells nothing. */
static char *
LastModified(const FetchedPage *page)
{
	char	   *value = CopyHeader(page, "last-modified");

	return value != NULL && SecondsUntil(page, value) <= -1 ? value : NULL;
}

void
PageTakeFields(FetchedPage *page, const char *block, size_t len)
{
	const char *end = block + len;
	const char *line = block;

	while (line < end)
	{
		const char *next = NextField(line, end);

		TakeField(page, line, next);
		line = next;
	}
	TakeContentType(page);
	page->etag = CopyHeader(page, "etag");
	page->sent_at = SentAt(page);
	page->last_modified = LastModified(page);
	page->retry_after_ms = RetryAfterMs(page);
}
