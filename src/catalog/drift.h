/*
 * drift.h
 *	  Declared fields that the source delivered earlier but no longer does; the only reader and
 *	  writer of elt_catalog.drift.
 */
#ifndef ELT_CATALOG_DRIFT_H
#define ELT_CATALOG_DRIFT_H

#include "postgres.h"
#include "catalog/staged.h"

/*
 * Fields (char *) that were delivered before and are in no record of this batch, in order; NIL
 * when it is too small to tell, or when on_missing_field is "ignore".
 */
extern List *DriftOf(const Pipeline *p, const StagedBatch *batch);

/*
 * Fields that are in no record of the first batch of a pipeline, whose paths may be wrong; NIL
 * later, and in the same cases. Ask before DriftRecord.
 */
extern List *DriftUnknown(const Pipeline *p, const StagedBatch *batch);

/*
 * Record the fields that the batch has and those that are missing, which DriftOf returned. Returns
 * those that have not been reported yet.
 */
extern List *DriftRecord(const Pipeline *p, const StagedBatch *batch, List *missing);

/* "field "a" is", "fields "a", "b" are"; then missing from how many records. */
extern char *DriftText(const StagedBatch *batch, List *fields);

#endif
