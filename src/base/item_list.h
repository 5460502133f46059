/*
 * item_list.h
 *	  Texts that are lists: items with a separator between them.
 */
#ifndef ELT_BASE_ITEM_LIST_H
#define ELT_BASE_ITEM_LIST_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

/* Append an item, after the separator unless it is the first. */
extern void AppendItem(StringInfo list, const char *separator, const char *format,...)
			pg_attribute_printf(3, 4);

/* The items (char *) of a list, or NIL for NULL; an empty text is an item as well. */
extern List *SplitItems(const char *list, char separator);

#endif
