/*
 * file_policy_options.c
 *	  The options of a foreign table about how pipelines load its files.
 */
#include "base/compat.h"
#include "source/file/file_policy_options.h"

#include "source/option_read.h"
#include "source/values.h"
#include "transport/beneath.h"

/* Who writes a file pauses now and then, but hardly for so long. */
#define SETTLE_MS 10000

#define NAME_PLACE "{name}"
#define MAX_FILES 1000000

static const char *const on_change_names[] = {
	[ON_CHANGE_RELOAD] = "reload",
	[ON_CHANGE_MERGE] = "merge",
	[ON_CHANGE_IGNORE] = "ignore",
	[ON_CHANGE_FAIL] = "fail"
};

static OnChange
OnChangeOf(const char *value)
{
	for (int i = ON_CHANGE_RELOAD; i <= ON_CHANGE_FAIL; i++)
		if (strcmp(on_change_names[i], value) == 0)
			return i;
	return ON_CHANGE_DEFAULT;
}

bool
CheckSettle(const char *value, const char **detail)
{
	return strcmp(value, "0") == 0 || CheckDurationOption(value, detail);
}

bool
CheckDoneFile(const char *value, const char **detail)
{
	const char *place = strstr(value, NAME_PLACE);

	return place != NULL && strcmp(value, NAME_PLACE) != 0 &&
		strstr(place + 1, NAME_PLACE) == NULL && IsNameBeneath(value);
}

bool
CheckOnChange(const char *value, const char **detail)
{
	return OnChangeOf(value) != ON_CHANGE_DEFAULT;
}

bool
CheckFileOrder(const char *value, const char **detail)
{
	return strcmp(value, "name") == 0 || strcmp(value, "modified") == 0;
}

bool
CheckMaxFiles(const char *value, const char **detail)
{
	int			count;

	return ParseCount(value, 1, MAX_FILES, &count);
}

/* What a marker says needs no age. */
static int
ReadSettle(List *options, const char *done_file)
{
	const char *value = OptionValue(options, "settle");

	if (value == NULL)
		return done_file != NULL ? 0 : SETTLE_MS;
	return strcmp(value, "0") == 0 ? 0 : OptionDuration(options, "settle", 0);
}

FilePolicy *
FilePolicyRead(List *options)
{
	FilePolicy *policy = palloc0(sizeof(FilePolicy));
	const char *max_files = OptionValue(options, "max_files");

	policy->done_file = OptionValue(options, "done_file");
	policy->settle_ms = ReadSettle(options, policy->done_file);
	policy->on_change = OnChangeOf(OptionText(options, "on_change", ""));
	policy->by_time = strcmp(OptionText(options, "order", "name"), "modified") == 0;
	if (max_files != NULL && !ParseCount(max_files, 1, MAX_FILES, &policy->max_files))
		OptionError("max_files", max_files, NULL, NULL);
	policy->max_bytes = OptionBytes(options, "max_bytes", 0);
	return policy;
}

bool
FilePolicyIsMarker(const FilePolicy *policy, const char *name)
{
	size_t		len = strlen(name);
	size_t		before;
	size_t		after;

	if (policy->done_file == NULL)
		return false;
	before = strstr(policy->done_file, NAME_PLACE) - policy->done_file;
	after = strlen(policy->done_file) - before - strlen(NAME_PLACE);
	return len > before + after && strncmp(name, policy->done_file, before) == 0 &&
		strcmp(name + len - after, policy->done_file + before + strlen(NAME_PLACE)) == 0;
}
