/*
 * changed_keys.h
 *	  Keys that a pipeline has landed since a transform has seen it last.
 */
#ifndef ELT_PIPELINE_CHANGED_KEYS_H
#define ELT_PIPELINE_CHANGED_KEYS_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* A pipeline whose changes are followed. */
typedef struct Parent
{
	Pipeline   *pipeline;
	char	   *since;			/* time of loading after which rows have changed; NULL: all have */
} Parent;

/* Call fn(arg) while elt.changed_keys returns what has changed for these (Parent *). */
extern void WithChangedKeys(List *parents, void (*fn) (void *arg), void *arg);

/* "select columns from target ..." of the rows that have changed. */
extern char *ChangedRowsSql(const Parent *parent, const char *columns);

#endif
