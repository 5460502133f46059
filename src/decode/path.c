/*
 * path.c
 *	  Parse the paths of columns and records.
 */
#include "base/compat.h"

#include "decode/json_string.h"
#include "decode/path.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

typedef struct PathText
{
	const char *text;
	const char *cur;
	const char *what;
	Path	   *path;
} PathText;

/* The path once more, with a mark under what is wrong; "" if it has no single line. */
static char *
Mark(const PathText *p, int at)
{
	for (const char *c = p->text; *c != '\0'; c++)
		if ((unsigned char) *c < ' ')
			return "";
	return psprintf("\n%s\n%*s^", p->text, at, "");
}

pg_attribute_noreturn()
static void
PathError(PathText *p, const char *problem)
{
	int			at = pg_mbstrlen_with_len(p->text, p->cur - p->text);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid path \"%s\" of %s", p->text, p->what),
			 errdetail("At character %d: %s.%s", at + 1, problem, Mark(p, at)),
			 errhint("Valid path elements are $, .name, .\"quoted name\", [n], [*], .* and "
					 ".keyvalue().")));
	pg_unreachable();
}

static PathStep *
AddStep(PathText *p, PathStepType type)
{
	PathStep   *step;

	if (p->path->nsteps == PATH_MAX_STEPS)
		PathError(p, "too many steps");
	step = &p->path->steps[p->path->nsteps++];
	step->type = type;
	return step;
}

static bool
IsNameByte(char c)
{
	return (unsigned char) c > ' ' && strchr(".[]\"*()?'", c) == NULL;
}

/*
 * What SQL/JSON or JSON Pointer mean something else by, or nothing at all, needs quotes: such a
 * name is seldom that of a member, and would be null in every record.
 */
static void
CheckPlainName(PathText *p, const char *start)
{
	size_t		len = p->cur - start;
	bool		usual = false;

	p->cur = start;
	if (*start == '/' || strncmp(start, "#/", 2) == 0)
		PathError(p, "JSON pointers are not supported, and a name that starts with / or #/ must be "
				  "quoted");
	if (strspn(start, "0123456789") >= len)
		PathError(p, "a name of digits must be quoted, and an array index must be in brackets");
	for (size_t i = 0; i < len; i++)
	{
		if (strchr("&|!<>=,;{}\\^~`", start[i]) != NULL)
			PathError(p, "a name with special characters must be quoted");
		usual |= isalnum((unsigned char) start[i]) || IS_HIGHBIT_SET(start[i]) || start[i] == '_' ||
			start[i] == '$';
	}
	if (!usual)
		PathError(p, "a name with special characters must be quoted");
	p->cur = start + len;
}

/* The end of the quoted name that begins at cur; its escapes are sound. */
static const char *
QuotedEnd(PathText *p)
{
	const char *end = p->cur + 1;

	for (; *end != '"'; end++)
	{
		if (*end == '\0')
			PathError(p, "unterminated quoted name");
		if (*end != '\\')
			continue;
		end++;
		if (*end == '\0' || strchr("\"\\/bfnrtu", *end) == NULL)
			PathError(p, "invalid escape sequence in quoted name");
		if (*end == 'u' && strspn(end + 1, "0123456789abcdefABCDEF") < 4)
			PathError(p, "\\u must be followed by four hexadecimal digits");
	}
	return end;
}

static void
ReadQuotedName(PathText *p)
{
	const char *end = QuotedEnd(p);
	size_t		len = end - p->cur - 1;
	char	   *name = palloc(len + 1);
	PathStep   *step;

	if (!JsonUnescape(p->cur + 1, len, name, &len))
		PathError(p, "quoted name cannot be converted to text");
	name[len] = '\0';
	step = AddStep(p, STEP_MEMBER);
	step->name = name;
	step->name_len = len;
	p->cur = end + 1;
}

/* .*, the values of an object: of its members, what .keyvalue() calls value. */
static void
ReadValues(PathText *p)
{
	PathStep   *step;

	p->cur++;
	AddStep(p, STEP_KEYVALUE);
	step = AddStep(p, STEP_MEMBER);
	step->name = "value";
	step->name_len = strlen(step->name);
}

static void
ReadName(PathText *p)
{
	const char *start = p->cur;
	PathStep   *step;

	if (*p->cur == '"')
	{
		ReadQuotedName(p);
		return;
	}
	if (*p->cur == '*')
	{
		ReadValues(p);
		return;
	}
	while (IsNameByte(*p->cur))
		p->cur++;
	if (p->cur == start)
		PathError(p, "expected a name, in double quotes if it has special characters");
	if (strncmp(p->cur, "()", 2) == 0)
	{
		if (p->cur - start != 8 || strncmp(start, "keyvalue", 8) != 0)
			PathError(p, ".keyvalue() is the only supported method");
		p->cur += 2;
		AddStep(p, STEP_KEYVALUE);
		return;
	}
	CheckPlainName(p, start);
	step = AddStep(p, STEP_MEMBER);
	step->name = pnstrdup(start, p->cur - start);
	step->name_len = p->cur - start;
}

static void
ReadSubscript(PathText *p)
{
	int64		index = 0;
	const char *digits;

	p->cur++;
	if (strncmp(p->cur, "*]", 2) == 0)
	{
		p->cur += 2;
		AddStep(p, STEP_EACH);
		return;
	}
	for (digits = p->cur; *p->cur >= '0' && *p->cur <= '9'; p->cur++)
	{
		index = index * 10 + (*p->cur - '0');
		if (index > PG_INT32_MAX)
			PathError(p, "subscript is out of range");
	}
	if (p->cur == digits)
		PathError(p, "subscript must be a nonnegative integer or *");
	if (*digits == '0' && p->cur > digits + 1)
		PathError(p, "subscript must not have leading zeros");
	if (*p->cur != ']')
		PathError(p, "expected ]");
	p->cur++;
	AddStep(p, STEP_INDEX)->index = index;
}

Path *
PathParse(const char *text, const char *what)
{
	PathText	p = {text, text, what, palloc0(sizeof(Path))};

	p.path->text = pstrdup(text);
	if (*p.cur == '$' && (p.cur[1] == '\0' || p.cur[1] == '.' || p.cur[1] == '['))
	{
		p.path->absolute = true;
		p.cur++;
	}
	else if (*p.cur != '[')
		ReadName(&p);
	while (*p.cur != '\0')
	{
		if (*p.cur == '[')
			ReadSubscript(&p);
		else if (*p.cur == '.')
		{
			p.cur++;
			ReadName(&p);
		}
		else
			PathError(&p, "expected ., [ or the end of the path");
	}
	return p.path;
}

/* The comma that ends the path at p, or the end of the text. */
static const char *
PathEnd(const char *p)
{
	bool		quoted = false;

	for (; *p != '\0'; p++)
	{
		if (quoted && *p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && *p == ',' && p[1 + strspn(p + 1, " \t\n")] == '$')
			break;
	}
	return p;
}

List *
PathsSplit(const char *text)
{
	List	   *paths = NIL;

	for (;;)
	{
		const char *end = PathEnd(text);

		paths = lappend(paths, pnstrdup(text, end - text));
		if (*end == '\0')
			return paths;
		text = end + 1 + strspn(end + 1, " \t\n");
	}
}

const char *
PathName(const Path *path)
{
	for (int i = path->nsteps - 1; i >= 0; i--)
		if (path->steps[i].type == STEP_MEMBER)
			return path->steps[i].name;
	return path->text;
}

static bool
IsAmong(List *texts, const char *text)
{
	ListCell   *lc;

	foreach(lc, texts)
		if (strcmp(lfirst(lc), text) == 0)
			return true;
	return false;
}

void
DecodeRecordsCheck(const char *records, const char *what)
{
	List	   *seen = NIL;
	ListCell   *lc;

	foreach(lc, PathsSplit(records))
	{
		DecodePathCheck(lfirst(lc), what);
		if (IsAmong(seen, lfirst(lc)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("path \"%s\" occurs more than once in %s", (char *) lfirst(lc), what)));
		seen = lappend(seen, lfirst(lc));
	}
}

void
DecodePathCheck(const char *path, const char *what)
{
	pfree(PathParse(path, what));
}

Path *
PathOfMember(const char *name)
{
	Path	   *path = palloc0(sizeof(Path));

	path->text = pstrdup(name);
	path->nsteps = 1;
	path->steps[0].type = STEP_MEMBER;
	path->steps[0].name = path->text;
	path->steps[0].name_len = strlen(name);
	return path;
}

bool
PathStepEqual(const PathStep *a, const PathStep *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == STEP_MEMBER)
		return a->name_len == b->name_len && memcmp(a->name, b->name, a->name_len) == 0;
	return a->type != STEP_INDEX || a->index == b->index;
}

bool
PathStepIterates(const PathStep *step)
{
	return step->type == STEP_EACH || step->type == STEP_KEYVALUE;
}

bool
PathLeadsToValues(const Path *path, int at)
{
	return at + 1 < path->nsteps && path->steps[at].type == STEP_KEYVALUE &&
		path->steps[at + 1].type == STEP_MEMBER && strcmp(path->steps[at + 1].name, "value") == 0;
}

Path *
PathOfKey(const PathStep *records, int nsteps)
{
	Path	   *path = palloc0(sizeof(Path));
	Path	   *member = PathOfMember("key");

	while (nsteps > 0 && records[nsteps - 1].type != STEP_KEYVALUE)
		nsteps--;
	if (nsteps == 0 || nsteps == PATH_MAX_STEPS)
		return NULL;
	path->text = "key";
	path->absolute = true;
	path->nsteps = nsteps + 1;
	memcpy(path->steps, records, nsteps * sizeof(PathStep));
	path->steps[nsteps] = member->steps[0];
	return path;
}

/* ---- writing ---- */

/* Letters of ASCII, digits and underscores alone need no quotes. */
static bool
IsPlainStep(const char *name)
{
	if (*name == '\0' || (*name >= '0' && *name <= '9'))
		return false;
	for (const char *c = name; *c != '\0'; c++)
		if (IS_HIGHBIT_SET(*c) || (!isalnum((unsigned char) *c) && *c != '_'))
			return false;
	return true;
}

char *
PathStepText(const char *name)
{
	StringInfoData text;

	if (IsPlainStep(name))
		return pstrdup(name);
	initStringInfo(&text);
	appendStringInfoChar(&text, '"');
	for (const char *c = name; *c != '\0'; c++)
	{
		if (*c == '"' || *c == '\\')
			appendStringInfoChar(&text, '\\');
		if ((unsigned char) *c < ' ')
			appendStringInfo(&text, "\\u%04x", *c);
		else
			appendStringInfoChar(&text, *c);
	}
	appendStringInfoChar(&text, '"');
	return text.data;
}
