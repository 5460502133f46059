/*
 * page_fields.c
 *	  Read single values of a page for paging and response rules.
 */
#include "base/compat.h"
#include "source/http/page_fields.h"

#include "decode/json_string.h"
#include "miscadmin.h"
#include "source/settings.h"
#include "utils/memutils.h"

#define MAX_DEPTH 1000

typedef struct Walk
{
	JsonReader *reader;
	FieldWanted *fields;
	int			nfields;
} Walk;

/* Per field: the step that comes next; -1: its path does not lead here. */
typedef struct Place
{
	int			step[PAGE_MAX_FIELDS];
	bool		any;			/* does one go on from here? */
} Place;

static const PathStep *
NextStep(const Walk *walk, const Place *at, int field)
{
	const Path *path = walk->fields[field].path;

	if (at->step[field] < 0 || at->step[field] >= path->nsteps)
		return NULL;
	return &path->steps[at->step[field]];
}

static Place
Descend(const Walk *walk, const Place *at, bool (*fits) (const PathStep *, const void *),
		const void *arg)
{
	Place		below;

	below.any = false;
	for (int i = 0; i < walk->nfields; i++)
	{
		const PathStep *step = NextStep(walk, at, i);
		bool		leads = step != NULL && fits(step, arg);

		below.step[i] = leads ? at->step[i] + 1 : -1;
		/* a member counts as its value */
		if (leads && PathLeadsToValues(walk->fields[i].path, at->step[i]))
			below.step[i]++;
		below.any |= leads;
	}
	return below;
}

typedef struct Key
{
	const char *text;
	size_t		len;
} Key;

static bool
FitsKey(const PathStep *step, const void *arg)
{
	const Key  *key = arg;

	return step->type == STEP_KEYVALUE ||
		(step->type == STEP_MEMBER && step->name_len == key->len &&
		 memcmp(step->name, key->text, key->len) == 0);
}

static bool
FitsIndex(const PathStep *step, const void *arg)
{
	return step->type == STEP_EACH ||
		(step->type == STEP_INDEX && step->index == *(const int64 *) arg);
}

static char *
TextOf(const JsonReader *reader)
{
	char	   *text = palloc(reader->len + 1);
	size_t		len = reader->len;

	if (!reader->escaped)
		memcpy(text, reader->text, len);
	else if (!JsonUnescape(reader->text, reader->len, text, &len))
		len = 0;
	text[len] = '\0';
	return text;
}

static void
Take(FieldWanted *field, JsonToken token, const JsonReader *reader)
{
	field->count++;
	field->token = token;
	if (field->text != NULL)
		pfree(field->text);
	field->text = token == JSON_STRING || token == JSON_NUMBER ? TextOf(reader) : NULL;
}

static bool WalkValue(Walk *walk, JsonToken token, const Place *at);

static bool
WalkObject(Walk *walk, const Place *at)
{
	JsonReader *reader = walk->reader;
	JsonToken	token;

	while ((token = JsonNext(reader)) == JSON_KEY)
	{
		Key			key = {reader->text, reader->len};
		char	   *unescaped = NULL;
		Place		below;

		if (reader->escaped)
		{
			unescaped = TextOf(reader);
			key = (Key) {unescaped, strlen(unescaped)};
		}
		below = Descend(walk, at, FitsKey, &key);
		if (!below.any ? JsonSkip(reader) == JSON_ERROR
			: !WalkValue(walk, JsonNext(reader), &below))
			return false;
		if (unescaped != NULL)
			pfree(unescaped);
	}
	return token == JSON_OBJECT_END;
}

static bool
WalkArray(Walk *walk, const Place *at)
{
	JsonReader *reader = walk->reader;
	JsonToken	token;

	for (int64 i = 0; (token = JsonNext(reader)) != JSON_ARRAY_END; i++)
	{
		Place		below = Descend(walk, at, FitsIndex, &i);

		if (token == JSON_ERROR || token == JSON_END || !WalkValue(walk, token, &below))
			return false;
	}
	return true;
}

static bool
WalkValue(Walk *walk, JsonToken token, const Place *at)
{
	bool		further = false;

	check_stack_depth();
	for (int i = 0; i < walk->nfields; i++)
	{
		if (at->step[i] == walk->fields[i].path->nsteps)
			Take(&walk->fields[i], token, walk->reader);
		further |= NextStep(walk, at, i) != NULL;
	}
	switch (token)
	{
		case JSON_OBJECT_START:
			return further ? WalkObject(walk, at) : JsonSkipRest(walk->reader) != JSON_ERROR;
		case JSON_ARRAY_START:
			return further ? WalkArray(walk, at) : JsonSkipRest(walk->reader) != JSON_ERROR;
		case JSON_ERROR:
		case JSON_END:
			return false;
		default:
			return true;
	}
}

static char *
Problem(JsonReader *reader)
{
	JsonFault	fault;

	JsonGetFault(reader, &fault);
	return psprintf("%s at byte " INT64_FORMAT, fault.what, fault.offset);
}

static char *
Read(FetchedPage *page, FieldWanted *fields, int nfields)
{
	ByteSource	bytes = {PageNextChunk, PageRewind, page};
	Walk		walk = {NULL, fields, nfields};
	Place		root = {{0}, true};
	char	   *problem = NULL;
	MemoryContext reading = AllocSetContextCreate(CurrentMemoryContext, "elt page fields",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;

	PageRewind(page);
	old = MemoryContextSwitchTo(reading);
	walk.reader = JsonReaderCreate((size_t) RecordMemory * 1024, MAX_DEPTH);
	JsonReaderOpen(walk.reader, &bytes, JSON_ONE);
	MemoryContextSwitchTo(old);
	if (!WalkValue(&walk, JsonNext(walk.reader), &root) || JsonNext(walk.reader) != JSON_END)
		problem = Problem(walk.reader);
	MemoryContextDelete(reading);
	PageRewind(page);
	return problem;
}

static FieldWanted *
Find(WantedFields *wanted, const Path *path)
{
	for (int i = 0; i < wanted->nfields; i++)
		if (wanted->fields[i].path == path)
			return &wanted->fields[i];
	return NULL;
}

void
FieldsWant(WantedFields *wanted, const Path *path)
{
	if (wanted->was_read || wanted->nfields == PAGE_MAX_FIELDS || Find(wanted, path) != NULL)
		return;
	wanted->fields[wanted->nfields++].path = path;
}

char *
FieldsRead(WantedFields *wanted)
{
	if (!wanted->was_read)
		wanted->problem = Read(wanted->page, wanted->fields, wanted->nfields);
	wanted->was_read = true;
	return wanted->problem;
}

const FieldWanted *
FieldFound(WantedFields *wanted, const Path *path)
{
	FieldWanted *field = Find(wanted, path);

	if (field != NULL)
		return FieldsRead(wanted) == NULL ? field : NULL;
	field = palloc0(sizeof(FieldWanted));
	field->path = path;
	return Read(wanted->page, field, 1) == NULL ? field : NULL;
}

bool
FieldIsPresent(const FieldWanted *field)
{
	return field->count > 0 && field->token != JSON_NULL;
}
