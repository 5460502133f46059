/*
 * row_fields.h
 *	  Which fields rows without pages had, beside and instead of those that columns read.
 */
#ifndef ELT_SOURCE_ROW_FIELDS_H
#define ELT_SOURCE_ROW_FIELDS_H

#include "postgres.h"
#include "nodes/pg_list.h"

/* One that no column reads. */
typedef struct UnreadField
{
	char	   *name;
	char	   *type;			/* that a column for it would have */
} UnreadField;

typedef struct RowFields
{
	int64		records;		/* of the batch */
	List	   *unread;			/* UnreadField * */
	List	   *missing;		/* char *, that columns read and rows do not have */
} RowFields;

#endif
