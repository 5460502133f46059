/*
 * staging.h
 *	  The staging table of a pipeline: the source's columns, typed, with lineage.
 */
#ifndef ELT_LOAD_STAGING_H
#define ELT_LOAD_STAGING_H

#include "postgres.h"
#include "catalog/pipeline.h"

#define STAGING_RUN_COLUMN	"_run_id"
#define STAGING_TIME_COLUMN	"_loaded_at"

/* Make the staging table, or make it again when the source's columns are not its own. */
extern void StagingEnsure(const Pipeline *p);
extern void StagingTruncate(const Pipeline *p);
extern void StagingDrop(const Pipeline *p);

#endif
