/*
 * option_checks.h
 *	  One check per kind of option value.
 *
 * A check returns whether the value is valid; if not, it may set *detail.
 */
#ifndef ELT_SOURCE_OPTION_CHECKS_H
#define ELT_SOURCE_OPTION_CHECKS_H

#include "postgres.h"

typedef bool (*OptionCheck) (const char *value, const char **detail);

#define BOOLEAN_HINT "Valid values are 'true' and 'false'."
#define COLUMN_FORMAT_HINT \
	"Specify 'unix', 'unix_ms' or to_timestamp patterns such as 'DD.MM.YYYY|MM.YYYY', 'base64' or " \
	"'hex' for bytea, or a unit such as 'seconds' for interval."
#define DURATION_HINT "Specify a number with a unit, such as '500ms', '10s', '2min' or '1h'."
#define JSON_PATH_HINT \
	"Valid path elements are .name, .\"quoted name\", [n], [*], .* and .keyvalue(), after an optional $."
#define ON_TRUNCATE_HINT "Valid values are 'apply', 'fail' and 'ignore'."
#define PEM_HINT "Specify the certificate or key in PEM format, with its BEGIN and END lines."
#define TIME_FORMAT_HINT \
	"Specify 'iso', 'unix', 'unix_ms' or a to_char pattern such as 'YYYY-MM-DD'."
#define TIME_ZONE_HINT "Specify a name listed in the view pg_timezone_names, such as 'Europe/Berlin'."

extern bool CheckBytesOption(const char *value, const char **detail);
extern bool CheckDurationOption(const char *value, const char **detail);
extern bool CheckBoolean(const char *value, const char **detail);
extern bool CheckJsonPath(const char *value, const char **detail);
/* Of one or several paths. */
extern bool CheckRecords(const char *value, const char **detail);
extern bool CheckWindow(const char *value, const char **detail);
extern bool CheckWindowFormat(const char *value, const char **detail);
extern bool CheckRelation(const char *value, const char **detail);
extern bool CheckOnTruncate(const char *value, const char **detail);
extern bool CheckTimeZone(const char *value, const char **detail);

#endif
