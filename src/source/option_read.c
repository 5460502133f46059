/*
 * option_read.c
 *	  Read option values that have passed the validator.
 */
#include "base/compat.h"
#include "source/option_read.h"

#include "source/options.h"
#include "source/values.h"
#include "utils/builtins.h"

char *
OptionText(List *options, const char *name, char *absent)
{
	char	   *value = OptionValue(options, name);

	return value == NULL ? absent : value;
}

bool
OptionBoolean(List *options, const char *name, bool absent)
{
	char	   *value = OptionValue(options, name);
	bool		result = absent;

	if (value != NULL && !parse_bool(value, &result))
		OptionError(name, value, NULL, NULL);
	return result;
}

int
OptionDuration(List *options, const char *name, int absent)
{
	char	   *value = OptionValue(options, name);
	int			milliseconds = absent;

	if (value != NULL && !ParseDuration(value, &milliseconds))
		OptionError(name, value, NULL, NULL);
	return milliseconds;
}

int64
OptionBytes(List *options, const char *name, int64 absent)
{
	char	   *value = OptionValue(options, name);
	int64		bytes = absent;

	if (value != NULL && !ParseBytes(value, &bytes))
		OptionError(name, value, NULL, NULL);
	return bytes;
}

OnTruncate
OptionTruncate(List *options)
{
	char	   *value = OptionText(options, "on_truncate", "fail");

	if (strcmp(value, "apply") == 0)
		return TRUNCATE_APPLY;
	return strcmp(value, "ignore") == 0 ? TRUNCATE_IGNORE : TRUNCATE_FAIL;
}
