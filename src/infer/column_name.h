/*
 * column_name.h
 *	  Names of columns and paths for the fields of a source.
 */
#ifndef ELT_INFER_COLUMN_NAME_H
#define ELT_INFER_COLUMN_NAME_H

#include "postgres.h"
#include "nodes/pg_list.h"

/* The name in lower case, words joined by underscores: "shippingAddress" is shipping_address. */
extern char *ColumnNameClean(const char *name);

/* The same with a number behind it if names (char *) have it already; it is added to them. */
extern char *ColumnNameTake(List **names, const char *name);

/* Does the name, or a word in it, say that its values are times? */
extern bool NameSaysTime(const char *name);
/* Do digits in it identify something, so that they are no number to count with? */
extern bool NameSaysCode(const char *name);
/* 1: it is the identifier of its record, 2: it ends like one; 0: neither. */
extern int	NameSaysKey(const char *name);

#endif
