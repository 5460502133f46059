/*
 * drift.h
 *	  Declared fields that the source delivered and then did not; the only reader and writer of
 *	  elt_catalog.drift.
 */
#ifndef ELT_CATALOG_DRIFT_H
#define ELT_CATALOG_DRIFT_H

#include "postgres.h"
#include "catalog/staged.h"

/*
 * Fields (char *) that were delivered before and are in no record of this batch, in order; NIL
 * when it is too small to tell, or when nobody wants to know.
 */
extern List *DriftOf(const Pipeline *p, const StagedBatch *batch);

/*
 * Remember what the batch has delivered and what it lacks. Returns those of missing, which are
 * DriftOf it, of which that is news.
 */
extern List *DriftRecord(const Pipeline *p, const StagedBatch *batch, List *missing);

/* "field "a" is", "fields "a", "b" are"; then missing from how many records. */
extern char *DriftText(const StagedBatch *batch, List *fields);

#endif
