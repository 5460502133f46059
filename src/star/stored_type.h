/*
 * stored_type.h
 *	  Whether what is stored of a source still has the types of the source.
 */
#ifndef ELT_STAR_STORED_TYPE_H
#define ELT_STAR_STORED_TYPE_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* Raise an error if a column of source (char *) would be rounded in table, which is quoted. */
extern void StoredTypesCheck(Oid source, const char *table, List *columns, const char *remedy);

#endif
