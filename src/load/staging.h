/*
 * staging.h
 *	  The staging table of a pipeline: the source's columns, typed, with lineage and verdicts.
 *
 * What compares it with its source locks both until the transaction ends.
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
/* Make the staging table, or make it again when the source's columns are not its own. */
extern void StagingEnsure(const Pipeline *p);
/* Error when it does not have the source's columns any more. */
extern void StagingCheckCurrent(const Pipeline *p);
/* Error when the source's columns are not those that its rows are read as. */
extern void StagingCheckSource(const Pipeline *p, TupleDesc read_as);
/* Open it for rows of this type; error unless source and staging table fit them. */
extern Relation StagingOpen(const Pipeline *p, TupleDesc row);
/* Let the pipeline's owner use a table in elt_staging. */
extern void StagingGrant(const Pipeline *p, const char *table, const char *rights);
/* The batch that is staged; error when there is none, or its source was changed since. */
extern StagedBatch *StagingBatch(const Pipeline *p);
/* The same, with as many rows as there are: its owner may have changed them since. */
extern StagedBatch *StagingBatchCounted(const Pipeline *p);
/* Its rows change no more until the transaction ends, but by itself. */
extern void StagingHold(const Pipeline *p);
/* Error when a landing has found another number of rows than the batch has. */
extern void StagingCheckRows(const Pipeline *p, const StagedBatch *batch, int64 found);
/* What its owner has of the staging table, and that he has it no longer. */
extern void StagingGrantRows(const Pipeline *p);
extern void StagingRevoke(const Pipeline *p);
/* A role that has no pipeline left, of those in the catalogue, needs the schema no longer. */
extern void StagingRelease(Oid role);
extern void StagingRename(const Pipeline *p, const char *new_name);
extern void StagingTruncate(const Pipeline *p);
/* Rows of one time of loading, none of them before this block, leave it. */
extern void StagingForget(const Pipeline *p, TimestampTz loaded_at, BlockNumber first_block);
/* Empty it now and for good, unless a complete batch waits in it to be landed. */
extern void StagingGiveBack(const Pipeline *p);
extern void StagingDrop(const Pipeline *p);

#endif
