/*
 * link_header.c
 *	  Parse the Link header (RFC 8288).
 */
#include "base/compat.h"
#include "source/http/link_header.h"

/* Folded lines are white space, here as everywhere. */
static const char *
SkipSpaces(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

/* A token or a quoted string; *end is behind it. */
static char *
ReadValue(const char *p, const char **end)
{
	char	   *value;
	char	   *out;

	if (*p != '"')
	{
		size_t		length = strcspn(p, " \t\r\n;,");

		*end = p + length;
		return pnstrdup(p, length);
	}
	value = out = palloc(strlen(p));
	for (p++; *p != '\0' && *p != '"'; p++)
	{
		if (*p == '\\' && p[1] != '\0')
			p++;
		*out++ = *p;
	}
	*out = '\0';
	*end = *p == '"' ? p + 1 : p;
	return value;
}

/* Relations are separated by blanks and compared without case. */
static bool
HasRelation(const char *relations, const char *relation)
{
	size_t		length = strlen(relation);

	while (*(relations = SkipSpaces(relations)) != '\0')
	{
		size_t		word = strcspn(relations, " \t\r\n");

		if (word == length && pg_strncasecmp(relations, relation, length) == 0)
			return true;
		relations += word;
	}
	return false;
}

/* ;name=value;name ... up to the comma; says whether the first rel has the relation. */
static const char *
ReadParameters(const char *p, const char *relation, bool *found)
{
	bool		seen_rel = false;

	*found = false;
	while (*(p = SkipSpaces(p)) == ';')
	{
		size_t		length;
		bool		is_rel;

		p = SkipSpaces(p + 1);
		length = strcspn(p, " \t\r\n=;,");
		is_rel = length == 3 && pg_strncasecmp(p, "rel", 3) == 0 && !seen_rel;
		p = SkipSpaces(p + length);
		if (*p == '=')
		{
			char	   *value = ReadValue(SkipSpaces(p + 1), &p);

			if (is_rel)
				*found = HasRelation(value, relation);
		}
		seen_rel |= is_rel;
	}
	return p;
}

char *
LinkTarget(const char *header, const char *relation)
{
	const char *p = header;

	while ((p = strchr(p, '<')) != NULL)
	{
		const char *close = strchr(p, '>');
		char	   *target;
		bool		found;

		if (close == NULL)
			return NULL;
		target = pnstrdup(p + 1, close - p - 1);
		p = ReadParameters(close + 1, relation, &found);
		if (found)
			return target;
	}
	return NULL;
}
