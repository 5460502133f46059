/*
 * body_template.c
 *	  Fill the placeholders of a JSON request body.
 */
#include "base/compat.h"
#include "source/http/body_template.h"

#include "base/sql_name.h"
#include "common/jsonapi.h"
#include "decode/json_reader.h"
#include "lib/stringinfo.h"
#include "utils/json.h"

#define BODY_MEMORY (1024 * 1024)

/* The name when a placeholder begins at p, and where it ends. */
static char *
PlaceholderAt(const char *p, const char **end)
{
	size_t		length;

	if (*p != '{')
		return NULL;
	length = PlaceholderNameLength(p + 1);
	if (length == 0 || p[1 + length] != '}')
		return NULL;
	*end = p + length + 2;
	return pnstrdup(p + 1, length);
}

List *
BodyNames(const char *text)
{
	List	   *names = NIL;

	while (*text != '\0')
	{
		const char *end = text + 1;
		char	   *name = PlaceholderAt(text, &end);

		if (name != NULL && !NamesContain(names, name))
			names = lappend(names, name);
		text = end;
	}
	return names;
}

static bool
IsBareValue(const char *value)
{
	if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ||
		strcmp(value, "null") == 0)
		return true;
	return IsValidJsonNumber(value, strlen(value));
}

/* The text between the quotes of a JSON string. */
static void
AppendEscaped(StringInfo out, const char *value)
{
	StringInfoData quoted;

	initStringInfo(&quoted);
	escape_json(&quoted, value);
	appendBinaryStringInfo(out, quoted.data + 1, quoted.len - 2);
}

/* False when the value does not fit there. */
static bool
AppendValue(StringInfo out, const char *value, bool in_string)
{
	if (in_string)
		AppendEscaped(out, value);
	else if (IsBareValue(value))
		appendStringInfoString(out, value);
	else
		return false;
	return true;
}

char *
BodyExpand(const char *text, TemplateValue value, void *arg, const char **unfit)
{
	StringInfoData out;
	bool		in_string = false;

	initStringInfo(&out);
	while (*text != '\0')
	{
		const char *end = text + 1;
		char	   *name = PlaceholderAt(text, &end);

		if (name != NULL)
		{
			if (!AppendValue(&out, value(name, arg), in_string))
				*unfit = name;
		}
		else
		{
			if (*text == '\\' && in_string && text[1] != '\0')
				end = text + 2;
			if (*text == '"')
				in_string = !in_string;
			appendBinaryStringInfo(&out, text, end - text);
		}
		text = end;
	}
	return out.data;
}

static const char *
Zero(const char *name, void *arg)
{
	return "0";
}

bool
BodyIsObject(const char *text)
{
	JsonReader *reader = JsonReaderCreate(BODY_MEMORY, 100);
	const char *unfit = NULL;
	char	   *body = BodyExpand(text, Zero, NULL, &unfit);

	JsonReaderOpen(reader, MemoryByteSource(body, strlen(body)), JSON_ONE);
	return JsonNext(reader) == JSON_OBJECT_START &&
		JsonSkipRest(reader) != JSON_ERROR && JsonNext(reader) == JSON_END;
}
