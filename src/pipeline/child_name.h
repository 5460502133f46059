/*
 * child_name.h
 *	  The name that a child gets from its parent and its target.
 */
#ifndef ELT_PIPELINE_CHILD_NAME_H
#define ELT_PIPELINE_CHILD_NAME_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* The one that it has where that is free. target: the name of a table, with or without schema. */
extern char *ChildNameWanted(const Pipeline *parent, const char *target);

/* The first free one. */
extern char *ChildNameFor(const Pipeline *parent, const char *target);

#endif
