/*
 * option_checks.h
 *	  One check per kind of option value.
 *
 * A check returns whether the value will do; when not, it may say why in *detail.
 */
#ifndef ELT_SOURCE_OPTION_CHECKS_H
#define ELT_SOURCE_OPTION_CHECKS_H

#include "postgres.h"

typedef bool (*OptionCheck) (const char *value, const char **detail);

#define DURATION_HINT "Write a number with a unit: '500ms', '10s', '2min', '1h'."
#define JSON_PATH_HINT \
	"Steps are .name, .\"quoted name\", [n], [*] and .keyvalue(), after an optional $."
#define RULES_HINT \
	"Write a status, then what else must be so: '404', '404 text/plain', '404 \"no content\"', " \
	"'403 x-ratelimit-remaining=0', '200 $.error'; several are separated by semicolons."
#define PAGE_PLACE_HINT \
	"Write a path such as '$.meta.next', or 'header X-Total' for a header of the answer."
#define PEM_HINT "Write the certificate or key itself, with its BEGIN and END lines."
#define TIME_ZONE_HINT "Names are listed in the view pg_timezone_names, such as 'Europe/Berlin'."

extern bool CheckUrl(const char *value, const char **detail);
extern bool CheckRateOption(const char *value, const char **detail);
extern bool CheckQuota(const char *value, const char **detail);
extern bool CheckConcurrency(const char *value, const char **detail);
extern bool CheckDurationOption(const char *value, const char **detail);
extern bool CheckAttempts(const char *value, const char **detail);
extern bool CheckBytesOption(const char *value, const char **detail);
extern bool CheckBoolean(const char *value, const char **detail);
extern bool CheckHeaderText(const char *value, const char **detail);
extern bool CheckHeaders(const char *value, const char **detail);
extern bool CheckPathTemplate(const char *value, const char **detail);
extern bool CheckQueryTemplate(const char *value, const char **detail);
extern bool CheckBodyTemplate(const char *value, const char **detail);
extern bool CheckMethod(const char *value, const char **detail);
extern bool CheckJsonPath(const char *value, const char **detail);
extern bool CheckPageParam(const char *value, const char **detail);
extern bool CheckPagePlace(const char *value, const char **detail);
extern bool CheckRecords(const char *value, const char **detail);
extern bool CheckHttpLineage(const char *value, const char **detail);
extern bool CheckWindow(const char *value, const char **detail);
extern bool CheckWindowFormat(const char *value, const char **detail);
extern bool CheckTimeZone(const char *value, const char **detail);
extern bool CheckRules(const char *value, const char **detail);
extern bool CheckColumnFormat(const char *value, const char **detail);
extern bool CheckParamName(const char *value, const char **detail);

#endif
