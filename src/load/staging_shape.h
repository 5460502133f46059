/*
 * staging_shape.h
 *	  Are a source and its staging table still what rows were read as?
 *
 * Whatever holds typed rows outlives a commit, and columns may be altered in between. So each
 * transaction that writes or reads staged rows compares first, under locks that it keeps.
 */
#ifndef ELT_LOAD_STAGING_SHAPE_H
#define ELT_LOAD_STAGING_SHAPE_H

#include "postgres.h"
#include "utils/rel.h"

#define STAGING_RUN_COLUMN	"_run_id"
#define STAGING_TIME_COLUMN	"_loaded_at"
/* Bits of the checks that a row broke while it was loaded; null: none. The last column. */
#define STAGING_FAILED_COLUMN	"_failed"

/* What became of the first column that is another one now, as a sentence; NULL: none. */
extern char *ColumnsDiffer(TupleDesc before, TupleDesc now);

/* The same of a staging table and the source that it was made for. */
extern char *StagingDiffers(Relation staging, TupleDesc source);

#endif
