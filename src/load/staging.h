/*
 * staging.h
 *	  The staging table of a pipeline: the source's columns, typed, with lineage and verdicts.
 *
 * Functions that compare it with its source lock both until the transaction ends.
 */
#ifndef ELT_LOAD_STAGING_H
#define ELT_LOAD_STAGING_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/staged.h"
#include "load/staging_shape.h"
#include "storage/block.h"
#include "utils/rel.h"

/* InvalidOid when there is none. */
extern Oid	StagingRelation(const Pipeline *p);
/* Create the staging table, or replace it when its columns differ from the source's. */
extern void StagingEnsure(const Pipeline *p);
/* Raise an error when its columns differ from the source's. */
extern void StagingCheckCurrent(const Pipeline *p);
/* Raise an error when the source's columns differ from those that rows were read with. */
extern void StagingCheckSource(const Pipeline *p, TupleDesc read_as);
/* Open it for rows of this type; raises an error unless source and staging table match. */
extern Relation StagingOpen(const Pipeline *p, TupleDesc row);
/* Its columns as CREATE TABLE has them, for a work table that takes its rows. */
extern char *StagingColumns(const Pipeline *p);
/* Let the pipeline's owner use a table in elt_staging. */
extern void StagingGrant(const Pipeline *p, const char *table, const char *rights);
/* The staged batch; raises an error when there is none or its source was changed since. */
extern StagedBatch *StagingBatch(const Pipeline *p);
/* The same with the actual number of rows, which the owner may have changed. */
extern StagedBatch *StagingBatchCounted(const Pipeline *p);
/* Are its rows known by the numbers of their records? */
extern bool StagingIsNumbered(const Pipeline *p);
/* Lock its rows against changes by others until the transaction ends. */
extern void StagingHold(const Pipeline *p);
/* Raise an error when a merge found a different number of rows than the batch has. */
extern void StagingCheckRows(const Pipeline *p, const StagedBatch *batch, int64 found);
/* Grant and revoke the owner's privileges on the staging table. */
extern void StagingGrantRows(const Pipeline *p);
extern void StagingRevoke(const Pipeline *p);
/* Revoke usage of the schema from a role without pipelines. */
extern void StagingRelease(Oid role);
extern void StagingRename(const Pipeline *p, const char *new_name);
extern void StagingTruncate(const Pipeline *p);
/* Delete the rows of one time of loading, which are in this block or later ones. */
extern void StagingForget(const Pipeline *p, TimestampTz loaded_at, BlockNumber first_block);
/* Truncate it, unless it holds a complete batch to be merged. */
extern void StagingGiveBack(const Pipeline *p);
extern void StagingDrop(const Pipeline *p);

#endif
