/*
 * stream_position.c
 *	  Write and read how far a stream has landed.
 */
#include "base/compat.h"
#include "source/logical/stream_position.h"

#include "lib/stringinfo.h"
#include "source/logical/slot.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#define CREATING "creating"
#define AT " at "

StreamPosition
StreamPositionAt(XLogRecPtr lsn, TimestampTz at)
{
	StreamPosition position = {.lsn = lsn, .at = at};

	return position;
}

static void
AppendKey(StringInfo json, const char *name, List *key)
{
	ListCell   *lc;

	appendStringInfo(json, "\"%s\": [", name);
	foreach(lc, key)
	{
		appendStringInfoString(json, foreach_current_index(lc) > 0 ? ", " : "");
		escape_json(json, lfirst(lc));
	}
	appendStringInfoChar(json, ']');
}

static void
AppendRanges(StringInfo json, List *ranges)
{
	ListCell   *lc;

	appendStringInfoString(json, ", \"ranges\": [");
	foreach(lc, ranges)
	{
		const KeyRange *range = lfirst(lc);

		appendStringInfoString(json, foreach_current_index(lc) > 0 ? ", {" : "{");
		AppendKey(json, "after", range->after);
		appendStringInfoString(json, ", ");
		AppendKey(json, "until", range->until);
		appendStringInfoChar(json, '}');
	}
	appendStringInfoChar(json, ']');
}

char *
StreamPositionText(const StreamPosition *position)
{
	StringInfoData json;

	if (position->is_creating)
		return pstrdup(CREATING);
	if (!position->is_loading)
		return position->at == 0 ? LsnText(position->lsn) :
			psprintf("%s" AT "%s", LsnText(position->lsn), timestamptz_to_str(position->at));
	initStringInfo(&json);
	appendStringInfo(&json, "{\"lsn\": \"%s\", \"at\": \"" INT64_FORMAT "\", \"rows\": \"" INT64_FORMAT
					 "\", \"table\": ", LsnText(position->lsn), position->at, position->count);
	escape_json(&json, position->table ? position->table : "");
	AppendRanges(&json, position->ranges);
	appendStringInfoChar(&json, '}');
	return json.data;
}

static void
Refuse(void)
{
	elog(ERROR, "position of a stream is not valid");
}

static char *
Text(const JsonbValue *value)
{
	if (value == NULL || value->type != jbvString)
		Refuse();
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static char *
Member(JsonbContainer *object, const char *name)
{
	JsonbValue	found;

	return Text(getKeyJsonValueFromContainer(object, name, strlen(name), &found));
}

static JsonbContainer *
Container(const JsonbValue *value)
{
	if (value == NULL || value->type != jbvBinary)
		Refuse();
	return value->val.binary.data;
}

static JsonbContainer *
ListOf(JsonbContainer *object, const char *name)
{
	JsonbValue	found;

	return Container(getKeyJsonValueFromContainer(object, name, strlen(name), &found));
}

static List *
Key(JsonbContainer *range, const char *name)
{
	JsonbContainer *values = ListOf(range, name);
	List	   *texts = NIL;

	for (uint32 i = 0; i < JsonContainerSize(values); i++)
		texts = lappend(texts, Text(getIthJsonbValueFromContainer(values, i)));
	return texts;
}

static List *
Ranges(JsonbContainer *object)
{
	JsonbContainer *list = ListOf(object, "ranges");
	List	   *ranges = NIL;

	for (uint32 i = 0; i < JsonContainerSize(list); i++)
	{
		JsonbContainer *range = Container(getIthJsonbValueFromContainer(list, i));

		ranges = lappend(ranges, KeyRangeCreate(Key(range, "after"), Key(range, "until")));
	}
	return ranges;
}

/* "0/16B3748 at 2024-01-01 00:00:00+00"; 0: no time is known. */
static TimestampTz
TimeOf(const char *text)
{
	const char *at = text == NULL ? NULL : strstr(text, AT);

	if (at == NULL)
		return 0;
	return DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in, CStringGetDatum(at + strlen(AT)),
												   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

StreamPosition
StreamPositionRead(const char *text)
{
	bool		is_json = text != NULL && text[0] == '{';
	StreamPosition position = StreamPositionAt(LsnOf(text), is_json ? 0 : TimeOf(text));
	Jsonb	   *json;
	JsonbContainer *object;

	position.is_creating = text != NULL && strcmp(text, CREATING) == 0;
	if (!is_json)
		return position;
	json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	object = &json->root;
	position.lsn = LsnOf(Member(object, "lsn"));
	position.is_loading = true;
	position.at = strtoll(Member(object, "at"), NULL, 10);
	position.count = strtoll(Member(object, "rows"), NULL, 10);
	position.table = Member(object, "table");
	if (position.table[0] == '\0')
		position.table = NULL;
	position.ranges = Ranges(object);
	return position;
}
