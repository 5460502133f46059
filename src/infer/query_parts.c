/*
 * query_parts.c
 *	  Take a query string apart and put it together again.
 */
#include "postgres.h"
#include "infer/query_parts.h"

#include "lib/stringinfo.h"

List *
QueryPartsRead(const char *query)
{
	List	   *parts = NIL;
	const char *start = query;

	while (*start != '\0')
	{
		size_t		len = strcspn(start, "&");
		const char *sign = memchr(start, '=', len);
		QueryPart  *part = palloc0(sizeof(QueryPart));

		part->name = pnstrdup(start, sign != NULL ? sign - start : len);
		if (sign != NULL)
			part->value = pnstrdup(sign + 1, start + len - sign - 1);
		parts = lappend(parts, part);
		start += len + (start[len] == '&');
	}
	return parts;
}

char *
QueryPartsText(List *parts)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, parts)
	{
		const QueryPart *part = lfirst(lc);

		appendStringInfo(&text, "%s%s", text.len > 0 ? "&" : "", part->name);
		if (part->value != NULL)
			appendStringInfo(&text, "=%s", part->value);
	}
	return text.data;
}

QueryPart *
QueryPartFind(List *parts, const char *const *names, int n)
{
	ListCell   *lc;

	for (int i = 0; i < n; i++)
		foreach(lc, parts)
			if (pg_strcasecmp(((QueryPart *) lfirst(lc))->name, names[i]) == 0)
				return lfirst(lc);
	return NULL;
}
