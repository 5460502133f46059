/*
 * option_checks.c
 *	  Checks of single option values, one for each kind of value.
 */
#include "base/compat.h"
#include "source/option_checks.h"

#include "decode/path.h"
#include "mb/pg_wchar.h"
#include "source/values.h"
#include "utils/builtins.h"

bool
CheckBytesOption(const char *value, const char **detail)
{
	int64		bytes;

	return ParseBytes(value, &bytes);
}

bool
CheckBoolean(const char *value, const char **detail)
{
	bool		result;

	return parse_bool(value, &result);
}

bool
CheckJsonPath(const char *value, const char **detail)
{
	DecodePathCheck(value, "the option");
	return true;
}

bool
CheckRecords(const char *value, const char **detail)
{
	DecodeRecordsCheck(value, "the option");
	return true;
}

bool
CheckWindow(const char *value, const char **detail)
{
	return ParseWindow(value, detail) != NULL;
}

bool
CheckWindowFormat(const char *value, const char **detail)
{
	return value[0] != '\0';
}

bool
CheckTimeZone(const char *value, const char **detail)
{
	return ParseTimeZone(value) != NULL;
}

bool
CheckDurationOption(const char *value, const char **detail)
{
	int			milliseconds;

	return ParseDuration(value, &milliseconds);
}

/* "orders" or "sales.orders" */
bool
CheckRelation(const char *value, const char **detail)
{
	return value[0] != '\0' && value[0] != '.' && value[strlen(value) - 1] != '.';
}

bool
CheckOnTruncate(const char *value, const char **detail)
{
	return strcmp(value, "fail") == 0 || strcmp(value, "ignore") == 0 || strcmp(value, "apply") == 0;
}
