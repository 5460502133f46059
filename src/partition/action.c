/*
 * action.c
 *	  The actions of retention.
 */
#include "base/compat.h"
#include "partition/action.h"

#include "lib/stringinfo.h"

static const PartAction *const actions[] = {
	&drop_action,
	&detach_action,
	&compress_action,
	&pack_action,
	&archive_action,
};

const PartAction *
PartActionNamed(const char *name)
{
	for (int i = 0; i < lengthof(actions); i++)
		if (strcmp(actions[i]->name, name) == 0)
			return actions[i];
	return NULL;
}

char *
PartActionNames(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < lengthof(actions); i++)
		appendStringInfo(&names, "%s\"%s\"",
						 i == 0 ? "" : i + 1 < lengthof(actions) ? ", " : " and ",
						 actions[i]->name);
	return names.data;
}
