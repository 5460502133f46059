/*
 * item_list.c
 *	  Texts that are lists: items with a separator between them.
 */
#include "base/compat.h"
#include "base/item_list.h"

void
AppendItem(StringInfo list, const char *separator, const char *format,...)
{
	if (list->len > 0)
		appendStringInfoString(list, separator);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(list, format, args);
		va_end(args);
		if (needed == 0)
			return;
		enlargeStringInfo(list, needed);
	}
}

List *
SplitItems(const char *list, char separator)
{
	List	   *items = NIL;

	while (list != NULL)
	{
		const char *end = strchr(list, separator);

		items = lappend(items, end ? pnstrdup(list, end - list) : pstrdup(list));
		list = end ? end + 1 : NULL;
	}
	return items;
}
