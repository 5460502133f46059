/*
 * walk_fault.c
 *	  Report faults of a page on the path to its records.
 */
#include "postgres.h"

#include "decode/walk_private.h"
#include "lib/stringinfo.h"

static const char *
StepText(const PathStep *step)
{
	switch (step->type)
	{
		case STEP_MEMBER:
			return psprintf("member \"%s\"", step->name);
		case STEP_INDEX:
			return psprintf("element [" INT64_FORMAT "]", step->index);
		case STEP_EACH:
			return "array";
		case STEP_KEYVALUE:
			return "object";
	}
	return "";
}

/* The way to the value at a level, as a path. */
static char *
WayText(Decoder *d, int level)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoChar(&text, '$');
	for (int i = 0; i < level; i++)
	{
		const PathStep *step = &d->steps[i];

		if (step->type == STEP_MEMBER)
			appendStringInfo(&text, ".%s", step->name);
		else if (step->type == STEP_INDEX)
			appendStringInfo(&text, "[" INT64_FORMAT "]", step->index);
		else
			appendStringInfoString(&text, step->type == STEP_EACH ? "[*]" : ".keyvalue()");
	}
	return text.data;
}

char *
MissingText(Decoder *d, int level)
{
	const PathStep *step = &d->steps[level];
	const char *place = "";

	if (level > 0)
		place = psprintf(" %s \"%s\"", PathStepIterates(step) ? "at" : "in", WayText(d, level));
	return psprintf("page has no %s%s on the path to the records", StepText(step), place);
}

bool
FailMissing(Decoder *d, int level)
{
	bool		first = !d->failed;

	FailPage(d, MissingText(d, level));
	if (first && d->failed)
		d->error_hint = "Check option \"records\". If the records may be absent, set option "
			"records_optional 'true'.";
	return false;
}

bool
FailTaint(Decoder *d)
{
	return FailPage(d, psprintf("%s contains NaN, Infinity or invalid UTF-8 at byte " INT64_FORMAT,
								d->framing == DECODE_LINES ? "line" : "page",
								d->reader->tainted));
}

bool
FailDuplicate(Decoder *d, const char *name, int len)
{
	return FailPage(d, psprintf("duplicate key \"%.*s\" on the path to the records", len, name));
}
