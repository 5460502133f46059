/*
 * row_json_reader.c
 *	  Read rows that were written as JSON by row_to_json.
 *
 * Their members are those of the columns in their order, without spaces between, so that each name
 * is compared instead of looked up. A text that differs is left to json_to_record.
 */
#include "base/compat.h"
#include "base/row_json_reader.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

typedef struct RowMember
{
	int			at;				/* of the column, from 0 */
	char	   *name;			/* with what stands before and behind it */
	int			name_len;
	bool		is_jsonb;		/* takes its value as it is written */
	FmgrInfo	input;
	Oid			ioparam;
	int32		typmod;
} RowMember;

struct RowJsonReader
{
	TupleDesc	desc;
	int			nmembers;
	RowMember  *members;
	StringInfoData value;
};

static bool
IsScalar(Oid type)
{
	Oid			base = getBaseType(type);

	return base != JSONOID && !type_is_array(base) && !type_is_rowtype(base);
}

static void
SetMember(RowMember *member, Form_pg_attribute att, bool first)
{
	StringInfoData name;
	Oid			input;

	initStringInfo(&name);
	appendStringInfoChar(&name, first ? '{' : ',');
	escape_json(&name, NameStr(att->attname));
	appendStringInfoChar(&name, ':');
	member->at = att->attnum - 1;
	member->name = name.data;
	member->name_len = name.len;
	member->is_jsonb = getBaseType(att->atttypid) == JSONBOID;
	member->typmod = att->atttypmod;
	getTypeInputInfo(att->atttypid, &input, &member->ioparam);
	fmgr_info(input, &member->input);
}

RowJsonReader *
RowJsonReaderCreate(TupleDesc desc)
{
	RowJsonReader *r = palloc0(sizeof(RowJsonReader));

	r->desc = desc;
	r->members = palloc0(sizeof(RowMember) * Max(desc->natts, 1));
	initStringInfo(&r->value);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped)
			continue;
		if (!IsScalar(att->atttypid))
			return NULL;
		SetMember(&r->members[r->nmembers], att, r->nmembers == 0);
		r->nmembers++;
	}
	return r->nmembers > 0 ? r : NULL;
}

/* What a character behind a backslash stands for; '\0': it is not read here. */
static char
Unescaped(char c)
{
	switch (c)
	{
		case '"':
		case '\\':
		case '/':
			return c;
		case 'b':
			return '\b';
		case 'f':
			return '\f';
		case 'n':
			return '\n';
		case 'r':
			return '\r';
		case 't':
			return '\t';
		default:
			return '\0';
	}
}

/* The text of a string, behind its first quote; returns where it ends, or NULL. */
static const char *
TakeString(StringInfo value, const char *s)
{
	for (;;)
	{
		size_t		plain = strcspn(s, "\"\\");
		char		c;

		appendBinaryStringInfo(value, s, (int) plain);
		s += plain;
		if (*s == '"')
			return s + 1;
		if (*s == '\0' || (c = Unescaped(s[1])) == '\0')
			return NULL;
		appendStringInfoChar(value, c);
		s += 2;
	}
}

static const char *
SkipString(const char *s)
{
	while (*s != '"')
	{
		if (*s == '\0' || (*s == '\\' && s[1] == '\0'))
			return NULL;
		s += *s == '\\' ? 2 : 1;
	}
	return s + 1;
}

/* Where a value ends that is taken as it is written; NULL when it does not. */
static const char *
SkipValue(const char *s)
{
	int			depth = 0;

	for (;;)
	{
		if (*s == '\0')
			return NULL;
		if (depth == 0 && (*s == ',' || *s == '}'))
			return s;
		if (*s == '"')
		{
			s = SkipString(s + 1);
			if (s == NULL)
				return NULL;
			continue;
		}
		if (*s == '{' || *s == '[')
			depth++;
		else if (*s == '}' || *s == ']')
			depth--;
		s++;
	}
}

/* Take the text of the value into reader->value; returns where it ends, or NULL. */
static const char *
TakeValue(RowJsonReader *r, const RowMember *member, const char *s)
{
	const char *end;

	resetStringInfo(&r->value);
	if (*s == '"' && !member->is_jsonb)
		return TakeString(&r->value, s + 1);
	if ((*s == '{' || *s == '[') && !member->is_jsonb)
		return NULL;
	end = SkipValue(s);
	if (end != NULL)
		appendBinaryStringInfo(&r->value, s, (int) (end - s));
	return end;
}

static bool
IsNull(const char *s)
{
	return strncmp(s, "null", 4) == 0 && (s[4] == ',' || s[4] == '}');
}

bool
RowJsonRead(RowJsonReader *r, const char *json, Datum *values, bool *isnull)
{
	const char *s = json;

	for (int i = 0; i < r->desc->natts; i++)
		isnull[i] = true;
	for (int i = 0; i < r->nmembers; i++)
	{
		RowMember  *member = &r->members[i];
		bool		null;

		if (strncmp(s, member->name, member->name_len) != 0)
			return false;
		s += member->name_len;
		null = IsNull(s);
		s = null ? s + 4 : TakeValue(r, member, s);
		if (s == NULL)
			return false;
		/* a domain may refuse nulls */
		values[member->at] = InputFunctionCall(&member->input, null ? NULL : r->value.data,
											   member->ioparam, member->typmod);
		isnull[member->at] = null;
	}
	return s[0] == '}' && s[1] == '\0';
}
