/*
 * body_place.c
 *	  Set a value at any place of a JSON request body.
 *
 * The body is valid JSON, and everything but the value stays as it was written.
 */
#include "base/compat.h"
#include "source/http/body_place.h"

#include "decode/json_string.h"
#include "lib/stringinfo.h"
#include "utils/json.h"

static const char *
SkipSpaces(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

/* Behind the string that begins at p. */
static const char *
SkipString(const char *p)
{
	for (p++; *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p + 1;
}

/* Behind the value that begins at p. */
static const char *
SkipValue(const char *p)
{
	int			depth = 0;

	if (*p != '"' && *p != '{' && *p != '[')
		return p + strcspn(p, ",]} \t\r\n");
	do
	{
		if (*p == '"')
		{
			p = SkipString(p);
			continue;
		}
		depth += *p == '{' || *p == '[';
		depth -= *p == '}' || *p == ']';
		p++;
	} while (depth > 0);
	return p;
}

static bool
IsName(const char *quoted, const char *end, const PathStep *step)
{
	size_t		len = end - quoted - 2;
	char	   *name = palloc(len + 1);

	return JsonUnescape(quoted + 1, len, name, &len) && len == step->name_len &&
		memcmp(name, step->name, len) == 0;
}

/* The value of a member of the object that begins at p, or NULL, and then where it ends. */
static const char *
FindMember(const char *p, const PathStep *step, const char **end, bool *is_empty)
{
	p = SkipSpaces(p + 1);
	*is_empty = *p == '}';
	while (*p != '}')
	{
		const char *name = p;
		const char *name_end = SkipString(p);

		p = SkipSpaces(SkipSpaces(name_end) + 1);
		if (IsName(name, name_end, step))
			return p;
		p = SkipSpaces(SkipValue(p));
		if (*p == ',')
			p = SkipSpaces(p + 1);
	}
	*end = p;
	return NULL;
}

static void
AppendName(StringInfo out, const PathStep *step)
{
	escape_json(out, step->name);
	appendStringInfoString(out, ": ");
}

/* The value, in the objects that the steps from first on lead through. */
static void
AppendNested(StringInfo out, const Path *path, int first, const char *value, bool is_number)
{
	for (int i = first; i < path->nsteps; i++)
	{
		appendStringInfoChar(out, '{');
		AppendName(out, &path->steps[i]);
	}
	if (is_number)
		appendStringInfoString(out, value);
	else
		escape_json(out, value);
	for (int i = first; i < path->nsteps; i++)
		appendStringInfoChar(out, '}');
}

char *
BodyPlaceSet(const char *body, const Path *path, const char *value, bool is_number)
{
	const char *p = SkipSpaces(body);
	const char *end = NULL;
	StringInfoData out;
	bool		is_empty;
	int			step = 0;

	initStringInfo(&out);
	for (; step < path->nsteps && *p == '{'; step++)
	{
		const char *member = FindMember(p, &path->steps[step], &end, &is_empty);

		if (member == NULL)
		{
			appendBinaryStringInfo(&out, body, end - body);
			appendStringInfoString(&out, is_empty ? "" : ", ");
			AppendName(&out, &path->steps[step]);
			AppendNested(&out, path, step + 1, value, is_number);
			appendStringInfoString(&out, end);
			return out.data;
		}
		p = member;
	}
	if (step < path->nsteps && strncmp(p, "null", 4) != 0)
		return NULL;
	appendBinaryStringInfo(&out, body, p - body);
	AppendNested(&out, path, step, value, is_number);
	appendStringInfoString(&out, SkipValue(p));
	return out.data;
}
