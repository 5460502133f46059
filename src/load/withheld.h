/*
 * withheld.h
 *	  Rows that were taken out of a staged batch, kept until it has landed.
 *
 * A merge that deletes what a batch lacks must not delete rows that only a check or a rule has taken
 * out of it.
 */
#ifndef ELT_LOAD_WITHHELD_H
#define ELT_LOAD_WITHHELD_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* The statement that takes out the staged rows of a condition and keeps them. */
extern char *WithheldTake(const Pipeline *p, const char *condition);
/* The table that has them, quoted; NULL: there are none. */
extern char *WithheldRows(const Pipeline *p);
/* The batch has landed. */
extern void WithheldForget(const Pipeline *p);

#endif
