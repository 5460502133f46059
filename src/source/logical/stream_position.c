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

StreamPosition
StreamPositionAt(XLogRecPtr lsn)
{
	StreamPosition position = {.lsn = lsn};

	return position;
}

char *
StreamPositionText(const StreamPosition *position)
{
	StringInfoData json;
	ListCell   *lc;

	if (position->is_creating)
		return pstrdup(CREATING);
	if (!position->is_loading)
		return LsnText(position->lsn);
	initStringInfo(&json);
	appendStringInfo(&json, "{\"lsn\": \"%s\", \"at\": \"" INT64_FORMAT "\", \"rows\": \"" INT64_FORMAT
					 "\", \"table\": ", LsnText(position->lsn), position->at, position->count);
	escape_json(&json, position->table ? position->table : "");
	appendStringInfoString(&json, ", \"after\": [");
	foreach(lc, position->after)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoString(&json, ", ");
		escape_json(&json, lfirst(lc));
	}
	appendStringInfoString(&json, "]}");
	return json.data;
}

static char *
Text(const JsonbValue *value)
{
	if (value == NULL || value->type != jbvString)
		elog(ERROR, "position of a stream is not valid");
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static char *
Member(Jsonb *object, const char *name)
{
	JsonbValue	found;

	return Text(getKeyJsonValueFromContainer(&object->root, name, strlen(name), &found));
}

static List *
Members(Jsonb *object, const char *name)
{
	List	   *texts = NIL;
	JsonbValue	found;
	JsonbValue *list = getKeyJsonValueFromContainer(&object->root, name, strlen(name), &found);

	if (list == NULL || list->type != jbvBinary)
		elog(ERROR, "position of a stream is not valid");
	for (uint32 i = 0; i < JsonContainerSize(list->val.binary.data); i++)
		texts = lappend(texts, Text(getIthJsonbValueFromContainer(list->val.binary.data, i)));
	return texts;
}

StreamPosition
StreamPositionRead(const char *text)
{
	StreamPosition position = StreamPositionAt(LsnOf(text));
	Jsonb	   *json;

	position.is_creating = text != NULL && strcmp(text, CREATING) == 0;
	if (text == NULL || text[0] != '{')
		return position;
	json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	position.lsn = LsnOf(Member(json, "lsn"));
	position.is_loading = true;
	position.at = strtoll(Member(json, "at"), NULL, 10);
	position.count = strtoll(Member(json, "rows"), NULL, 10);
	position.table = Member(json, "table");
	if (position.table[0] == '\0')
		position.table = NULL;
	position.after = Members(json, "after");
	return position;
}
