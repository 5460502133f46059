/*
 * rate_report.c
 *	  Parse rate limit headers of all common forms.
 *
 * A reset is a number of seconds, or an instant in seconds or milliseconds since 1970.
 * Implausible values are ignored.
 */
#include "base/compat.h"
#include "source/http/rate_report.h"

#include <ctype.h>
#include <math.h>

#include "transport/page.h"

#define EPOCH_FROM			1e9
#define EPOCH_MS_FROM		1e11
#define LONGEST_RESET_S		(32.0 * 86400)	/* some quotas are filled once a month */
#define BUCKET_DRIP_MS		1000	/* after which a full bucket of Shopify's takes a call again */

static const RateReport nothing_told = {-1, -1};

/* A number without a sign, followed by nothing but blanks or a parameter; -1: none. */
static double
Number(const char *text)
{
	char	   *end;
	double		number;

	if (text == NULL || !isdigit((unsigned char) text[0]))
		return -1;
	number = strtod(text, &end);
	end += strspn(end, " \t");
	return *end == '\0' || *end == ',' || *end == ';' ? number : -1;
}

static int64
Remaining(const char *text)
{
	double		number = Number(text);

	return number < 0 || number > 1e15 ? -1 : (int64) number;
}

static int64
ResetMs(const char *text, const FetchedPage *page, int64 now)
{
	double		seconds = Number(text);

	if (page->sent_at > 0)
		now = page->sent_at;
	if (seconds >= EPOCH_MS_FROM)
		seconds /= 1000;
	if (seconds >= EPOCH_FROM)
		seconds -= now;
	if (seconds <= 0 || seconds > LONGEST_RESET_S)
		return -1;
	return (int64) ceil(seconds * 1000);
}

/* What stands after "name=" in one element of a list, or NULL. */
static const char *
Parameter(const char *element, size_t len, const char *name)
{
	const char *end = element + len;
	bool		quoted = false;
	bool		at_name = true;
	size_t		name_len = strlen(name);

	for (const char *p = element; p < end; p++)
	{
		if (at_name && p + name_len < end && p[name_len] == '=' &&
			pg_strncasecmp(p, name, name_len) == 0)
			return p + name_len + 1;
		quoted ^= *p == '"';
		at_name = !quoted && (*p == ';' || (at_name && (*p == ' ' || *p == '\t')));
	}
	return NULL;
}

/* Up to the next comma that is not within quotes. */
static size_t
ElementLength(const char *text)
{
	bool		quoted = false;
	const char *p = text;

	for (; *p != '\0' && (quoted || *p != ','); p++)
		quoted ^= *p == '"';
	return p - text;
}

#define FOREACH_ELEMENT(element, len, list) \
	for (const char *element = (list); \
		 element != NULL && (len = ElementLength(element), true); \
		 element = element[len] == ',' ? element + len + 1 : NULL)

static void
TakeTightest(RateReport *report, int64 remaining, int64 reset_ms)
{
	if (remaining < 0 || (report->remaining >= 0 && report->remaining <= remaining))
		return;
	report->remaining = remaining;
	report->reset_ms = reset_ms;
}

/* "limit=100, remaining=50, reset=30", or since draft 8 '"hour";r=50;t=30, "day";r=900'. */
static RateReport
ReadCombined(const FetchedPage *page, int64 now)
{
	RateReport	report = nothing_told;
	RateReport	spelt = nothing_told;
	size_t		len;

	FOREACH_ELEMENT(element, len, PageHeaderValue(page, "ratelimit"))
	{
		const char *remaining = Parameter(element, len, "remaining");
		const char *reset = Parameter(element, len, "reset");

		if (remaining != NULL)
			spelt.remaining = Remaining(remaining);
		if (reset != NULL)
			spelt.reset_ms = ResetMs(reset, page, now);
		TakeTightest(&report, Remaining(Parameter(element, len, "r")),
					 ResetMs(Parameter(element, len, "t"), page, now));
	}
	return report.remaining >= 0 ? report : spelt;
}

/* The longest window of "100;w=60, 5000;w=3600". */
static int64
WindowMs(const FetchedPage *page, const char *header, int64 now)
{
	int64		longest = -1;
	size_t		len;

	FOREACH_ELEMENT(element, len, PageHeaderValue(page, header))
		longest = Max(longest, ResetMs(Parameter(element, len, "w"), page, now));
	return longest;
}

static RateReport
ReadFamily(const FetchedPage *page, const char *family, int64 now)
{
	char		name[64];
	RateReport	report;

	snprintf(name, sizeof(name), "%s-remaining", family);
	report.remaining = Remaining(PageHeaderValue(page, name));
	snprintf(name, sizeof(name), "%s-reset", family);
	report.reset_ms = ResetMs(PageHeaderValue(page, name), page, now);
	return report;
}

/* "32/40": calls in the bucket, and how many it holds. */
static RateReport
ReadBucket(const FetchedPage *page)
{
	const char *value = PageHeaderValue(page, "x-shopify-shop-api-call-limit");
	RateReport	report = nothing_told;
	int			used;
	int			size;

	if (value == NULL || sscanf(value, "%9d/%9d", &used, &size) != 2 || used < 0 || size <= 0)
		return report;
	report.remaining = Max(0, size - used);
	report.reset_ms = BUCKET_DRIP_MS;
	return report;
}

static bool
TellsNothing(const RateReport *report)
{
	return report->remaining < 0 && report->reset_ms < 0;
}

RateReport
RateReportRead(const FetchedPage *page, int64 now)
{
	static const char *const families[] = {"ratelimit", "x-ratelimit", "x-rate-limit"};
	RateReport	report = ReadCombined(page, now);

	for (int i = 0; i < lengthof(families) && TellsNothing(&report); i++)
		report = ReadFamily(page, families[i], now);
	if (TellsNothing(&report))
		report = ReadBucket(page);
	if (report.remaining == 0 && report.reset_ms < 0)
		report.reset_ms = Max(WindowMs(page, "ratelimit-policy", now),
							  WindowMs(page, "ratelimit-limit", now));
	return report;
}
