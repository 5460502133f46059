/*
 * closest_name.h
 *	  What somebody may have meant who misspelled a name.
 */
#ifndef ELT_BASE_CLOSEST_NAME_H
#define ELT_BASE_CLOSEST_NAME_H

#include "postgres.h"
#include "nodes/pg_list.h"

/* The candidate (char *) with the most similar spelling, or NULL when none is similar. */
extern const char *ClosestName(const char *name, List *candidates);

/* errhint for a column that a source lacks. */
extern int	SourceColumnHint(const char *name, Oid source);

#endif
