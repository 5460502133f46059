/*
 * file_policy_options.c
 *	  The options of a foreign table about how pipelines load its files.
 */
#include "base/compat.h"
#include "source/file/file_policy_options.h"

#include "catalog/pg_authid.h"
#include "miscadmin.h"
#include "source/option_read.h"
#include "source/values.h"
#include "transport/beneath.h"
#include "utils/acl.h"

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

static bool
ParseShare(const char *value, double *percent)
{
	char	   *end;

	errno = 0;
	*percent = strtod(value, &end);
	return errno == 0 && end != value && strcmp(end, "%") == 0 && *percent >= 0 && *percent <= 100;
}

bool
CheckShare(const char *value, const char **detail)
{
	double		percent;

	return ParseShare(value, &percent);
}

static const char *const disposal_names[] = {
	[DISPOSAL_KEEP] = "keep",
	[DISPOSAL_MOVE] = "move",
	[DISPOSAL_DELETE] = "delete"
};

static int
DisposalOf(const char *value)
{
	for (int i = 0; i < lengthof(disposal_names); i++)
		if (strcmp(disposal_names[i], value) == 0)
			return i;
	return -1;
}

bool
CheckAfterLoad(const char *value, const char **detail)
{
	return DisposalOf(value) >= 0;
}

bool
CheckOnReject(const char *value, const char **detail)
{
	return DisposalOf(value) >= 0 && DisposalOf(value) != DISPOSAL_DELETE;
}

bool
CheckFolder(const char *value, const char **detail)
{
	return value[0] != '\0' && IsNameBeneath(value);
}

static Disposal
ReadDisposal(List *options, const char *name)
{
	return DisposalOf(OptionText(options, name, "keep"));
}

/* A folder is given if, and only if, files move there. */
static void
CheckMove(List *options, const char *name, const char *folder)
{
	if (ReadDisposal(options, name) == DISPOSAL_MOVE)
		OptionRequire(options, folder, "processed");
	else if (OptionValue(options, folder) != NULL)
		OptionError(folder, OptionValue(options, folder), NULL,
					psprintf("Files only move there with option \"%s\" set to 'move'.", name));
}

void
FilePolicyCheckOptions(List *options)
{
	CheckMove(options, "after_load", "loaded_to");
	CheckMove(options, "on_reject", "rejected_to");
	if ((ReadDisposal(options, "after_load") == DISPOSAL_KEEP &&
		 ReadDisposal(options, "on_reject") == DISPOSAL_KEEP) ||
		has_privs_of_role(GetUserId(), ROLE_PG_WRITE_SERVER_FILES))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to move or delete files of the server"),
			 errhint("Only members of role \"pg_write_server_files\" may set options \"after_load\" "
					 "and \"on_reject\".")));
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
	policy->reject_percent = -1;
	if (OptionValue(options, "reject_file") != NULL)
		(void) ParseShare(OptionValue(options, "reject_file"), &policy->reject_percent);
	policy->after_load = ReadDisposal(options, "after_load");
	policy->loaded_to = OptionValue(options, "loaded_to");
	policy->on_reject = ReadDisposal(options, "on_reject");
	policy->rejected_to = OptionValue(options, "rejected_to");
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

static bool
LiesBelow(const char *name, const char *folder)
{
	size_t		len = folder == NULL ? 0 : strlen(folder);

	return len > 0 && strncmp(name, folder, len) == 0 && name[len] == '/';
}

bool
FilePolicyHasMoved(const FilePolicy *policy, const char *name)
{
	return LiesBelow(name, policy->loaded_to) || LiesBelow(name, policy->rejected_to);
}
