/*
 * staging_shape.h
 *	  Detect changes of a source or its staging table after rows were read.
 *
 * Rows are kept across commits, and columns may be altered in between. So each transaction that
 * writes or reads staged rows compares first and keeps the locks.
 */
#ifndef ELT_LOAD_STAGING_SHAPE_H
#define ELT_LOAD_STAGING_SHAPE_H

#include "postgres.h"
#include "utils/rel.h"

#define STAGING_RUN_COLUMN	"_run_id"
#define STAGING_TIME_COLUMN	"_loaded_at"
/* Bits of the checks that a row broke while it was loaded; null: none. */
#define STAGING_FAILED_COLUMN	"_failed"
/*
 * Numbers, unique within the batch, of the record that a row was made of, which is the place of a
 * reject that is replayed, and of the parent's record that contains it. Null in rows that have none;
 * a table of rows that never had any lacks the columns.
 */
#define STAGING_RECORD_COLUMN	"_record"
#define STAGING_PARENT_COLUMN	"_parent"

/* Describe the first column that was changed, as a sentence; NULL: none. */
extern char *ColumnsDiffer(TupleDesc before, TupleDesc now);

/* The same for a staging table and its source; numbered: it must have the numbers of records. */
extern char *StagingDiffers(Relation staging, TupleDesc source, bool numbered);

#endif
