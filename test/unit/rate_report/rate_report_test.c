#include "base/compat.h"
#include "source/http/rate_report.h"

#include <stdio.h>

#include "transport/page.h"

#undef printf

#define OUR_NOW		1700000000
#define THEIR_NOW	1700000100
#define MAX_HEADERS 3

typedef struct Case
{
	const char *what;
	PageField	headers[MAX_HEADERS];
	int64		remaining;
	int64		reset_ms;
	bool		clock;			/* the answer tells its time, which is not ours */
} Case;

static const Case cases[] = {
	{"no headers", {{0}}, -1, -1},
	{"three headers", {{"ratelimit-limit", "100"}, {"ratelimit-remaining", "7"}, {"ratelimit-reset", "50"}}, 7, 50000},
	{"X- headers", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "30"}}, 0, 30000},
	{"X-Rate-Limit headers", {{"x-rate-limit-remaining", "3"}, {"x-rate-limit-reset", "9"}}, 3, 9000},
	{"a decimal reset", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1.25"}}, 0, 1250},
	{"an instant in seconds", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000060"}}, 0, 60000},
	{"an instant in milliseconds", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000060500"}}, 0, 60500},
	{"an instant by the server's clock", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000160"}}, 0, 60000, true},
	{"an instant that has passed", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1699999999"}}, 0, -1},
	{"a reset of zero", {{"ratelimit-remaining", "0"}, {"ratelimit-reset", "0"}}, 0, -1},
	{"a negative reset", {{"ratelimit-remaining", "0"}, {"ratelimit-reset", "-5"}}, 0, -1},
	{"a reset in the next century", {{"ratelimit-remaining", "0"}, {"ratelimit-reset", "4102444800"}}, 0, -1},
	{"a reset after 33 days", {{"ratelimit-remaining", "0"}, {"ratelimit-reset", "2851200"}}, 0, -1},
	{"a reset after 31 days", {{"ratelimit-remaining", "0"}, {"ratelimit-reset", "2678400"}}, 0, INT64CONST(2678400000)},
	{"a reset that is no number", {{"ratelimit-remaining", "0"}, {"ratelimit-reset", "soon"}}, 0, -1},
	{"infinity", {{"ratelimit-remaining", "0"}, {"ratelimit-reset", "inf"}}, 0, -1},
	{"a number beyond all bounds", {{"ratelimit-remaining", "1e999"}, {"ratelimit-reset", "1e999"}}, -1, -1},
	{"a negative rest", {{"ratelimit-remaining", "-1"}, {"ratelimit-reset", "5"}}, -1, 5000},
	{"a rest that is no number", {{"ratelimit-remaining", "many"}}, -1, -1},
	{"a list", {{"ratelimit-remaining", "4, 900"}, {"ratelimit-reset", "5, 3600"}}, 4, 5000},
	{"a reset alone", {{"x-ratelimit-reset", "12"}}, -1, 12000},
	{"one header, spelt out", {{"ratelimit", "limit=100, remaining=50, reset=30"}}, 50, 30000},
	{"one header, in any order and case", {{"ratelimit", "Reset=30,Remaining=0 , Limit=100"}}, 0, 30000},
	{"one header of letters", {{"ratelimit", "\"default\";r=50;t=30"}}, 50, 30000},
	{"the tightest of several", {{"ratelimit", "\"day\";r=900;t=40000, \"burst\";r=0;t=2, \"hour\";r=10;t=60"}}, 0, 2000},
	{"a name with a comma and a semicolon", {{"ratelimit", "\"a,b;r=0\";r=5;t=6"}}, 5, 6000},
	{"one header before three", {{"ratelimit", "\"a\";r=5;t=6"}, {"ratelimit-remaining", "0"}, {"ratelimit-reset", "9"}}, 5, 6000},
	{"nothing left and only a policy", {{"ratelimit", "\"a\";r=0"}, {"ratelimit-policy", "\"a\";q=100;w=60"}}, 0, 60000},
	{"the longest of its windows", {{"ratelimit-remaining", "0"}, {"ratelimit-limit", "10, 10;w=1, 500;w=3600"}}, 0, 3600000},
	{"something left and only a policy", {{"ratelimit-remaining", "3"}, {"ratelimit-limit", "10;w=60"}}, 3, -1},
	{"a bucket with room", {{"x-shopify-shop-api-call-limit", "32/40"}}, 8, 1000},
	{"a full bucket", {{"x-shopify-shop-api-call-limit", "40/40"}}, 0, 1000},
	{"an overfull bucket", {{"x-shopify-shop-api-call-limit", "41/40"}}, 0, 1000},
	{"no bucket", {{"x-shopify-shop-api-call-limit", "40"}}, -1, -1},
	{"a broken list", {{"ratelimit", ";;,,=,r=,\"r=1;t=2"}}, -1, -1},
	{"empty headers", {{"ratelimit", ""}, {"ratelimit-remaining", ""}, {"ratelimit-reset", ""}}, -1, -1},
};

/* As in page.c, whose other functions need a server. */
const char *
PageHeaderValue(const FetchedPage *page, const char *name)
{
	for (int i = 0; i < page->nheaders; i++)
		if (page->headers[i].name != NULL && strcmp(page->headers[i].name, name) == 0)
			return page->headers[i].value;
	return NULL;
}

static bool
Passes(const Case *c)
{
	PageField	headers[MAX_HEADERS];
	FetchedPage page = {.headers = headers, .nheaders = MAX_HEADERS};
	RateReport	report;

	memcpy(headers, c->headers, sizeof(headers));
	page.sent_at = c->clock ? THEIR_NOW : 0;
	report = RateReportRead(&page, OUR_NOW);
	if (report.remaining == c->remaining && report.reset_ms == c->reset_ms)
		return true;
	printf("# remaining %lld, reset after %lld ms\n", (long long) report.remaining,
		   (long long) report.reset_ms);
	return false;
}

int
main(void)
{
	int			failed = 0;

	for (int i = 0; i < lengthof(cases); i++)
	{
		bool		passed = Passes(&cases[i]);

		failed += !passed;
		printf("%s %d - %s\n", passed ? "ok" : "not ok", i + 1, cases[i].what);
	}
	printf("1..%d\n", (int) lengthof(cases));
	return failed != 0;
}
