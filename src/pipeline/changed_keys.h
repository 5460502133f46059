/*
 * changed_keys.h
 *	  Keys that a pipeline has landed since a transform has seen it last.
 */
#ifndef ELT_PIPELINE_CHANGED_KEYS_H
#define ELT_PIPELINE_CHANGED_KEYS_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* With more, everything is read. */
#define MAX_CHANGED_KEYS 100000

/* A pipeline whose changes are followed. */
typedef struct Parent
{
	Pipeline   *pipeline;
	char	   *since;			/* time of loading after which rows have changed; NULL: all have */
} Parent;

/* Call fn(arg) while elt.changed_keys returns what has changed for these (Parent *). */
extern void WithChangedKeys(List *parents, void (*fn) (void *arg), void *arg);

/* The same, with no more of a parent than are of use; false: one has more. */
extern bool WithSomeChangedKeys(List *parents, void (*fn) (void *arg), void *arg);

/* "select distinct ..." for these columns (char *) of the rows that have changed. */
extern char *ChangedKeysSql(const Parent *parent, List *columns);

#endif
