/*
 * infer_key.h
 *	  Columns that identify the rows of a sample.
 */
#ifndef ELT_INFER_INFER_KEY_H
#define ELT_INFER_INFER_KEY_H

#include "postgres.h"
#include "infer/layout.h"

/*
 * Set the keys of tables (InferredTable *), parents before their children. These get their columns
 * here, behind those of the parent's key.
 */
extern void InferKeys(List *tables);

/* A column whose values grow with each change of a record, for loads of what is new; or NULL. */
extern InferredColumn *InferCursor(const InferredTable *table);

/* A column of times, for windows; or NULL. */
extern InferredColumn *InferTimeColumn(const InferredTable *table);

#endif
