/*
 * change_keep.h
 *	  Begin and end the change log of a target.
 */
#ifndef ELT_CHANGE_CHANGE_KEEP_H
#define ELT_CHANGE_CHANGE_KEEP_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Log the changes of the pipeline's target as its options and those of others of that target say. */
extern void ChangeLogKeep(const Pipeline *p);

#endif
