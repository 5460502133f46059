/*
 * quota.c
 *	  Option "quota": requests allowed in a calendar hour, day or month.
 */
#include "base/compat.h"
#include "source/http/quota.h"

#include "base/budget.h"
#include "catalog/quota_spent.h"
#include "executor/spi.h"
#include "source/definition.h"
#include "source/options.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define MAX_QUOTA INT64CONST(1000000000000)

typedef struct QuotaUnit
{
	const char *letter;
	const char *name;
	int64		reach_hours;	/* from its begin to an instant in the next one */
} QuotaUnit;

static const QuotaUnit units[] = {
	{"h", "hour", 1},
	{"d", "day", 36},
	{"month", "month", 45 * 24},
};

bool
QuotaParse(const char *text, Quota *quota)
{
	size_t		digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 12 || text[digits] != '/')
		return false;
	quota->requests = strtoll(text, NULL, 10);
	for (int i = 0; i < lengthof(units); i++)
		if (strcmp(text + digits + 1, units[i].letter) == 0)
			quota->unit = units[i].name;
	return quota->unit != NULL && quota->requests > 0 && quota->requests <= MAX_QUOTA;
}

Quota *
QuotaRead(List *options)
{
	char	   *text = OptionValue(options, "quota");
	char	   *zone = OptionValue(options, "quota_time_zone");
	Quota	   *quota;

	if (text == NULL)
		return NULL;
	quota = palloc0(sizeof(Quota));
	if (!QuotaParse(text, quota))
		OptionError("quota", text, NULL, NULL);
	quota->zone = zone == NULL ? "UTC" : zone;
	return quota;
}

static TimestampTz
BeginOfUnit(const Quota *quota, TimestampTz when)
{
	return DatumGetTimestampTz(DirectFunctionCall3(timestamptz_trunc_zone,
												   CStringGetTextDatum(quota->unit),
												   TimestampTzGetDatum(when),
												   CStringGetTextDatum(quota->zone)));
}

/* Days and months differ in length, by less than their reach allows for. */
static TimestampTz
EndOfUnit(const Quota *quota, TimestampTz begin)
{
	for (int i = 0; i < lengthof(units); i++)
		if (units[i].name == quota->unit)
			begin += units[i].reach_hours * USECS_PER_HOUR;
	return BeginOfUnit(quota, begin);
}

void
QuotaRefresh(const Quota *quota, BudgetTerms *terms)
{
	TimestampTz now = GetCurrentTimestamp();

	if (quota == NULL || (terms->quota > 0 && now < terms->quota_until))
		return;
	terms->quota = quota->requests;
	terms->quota_since = BeginOfUnit(quota, now);
	terms->quota_until = EndOfUnit(quota, terms->quota_since);
}

void
QuotaRecall(const Quota *quota, const SourceDefinition *def, const BudgetTerms *terms)
{
	int64		spent;

	if (quota == NULL)
		return;
	SPI_connect();
	spent = QuotaSpent(def->server_name, terms->quota_since);
	SPI_finish();
	BudgetQuotaKnown(def->server, terms->quota_since, spent);
}
