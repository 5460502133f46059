/*
 * compress_trial.h
 *	  Estimate the size of a table after it is compressed, from rows that are compressed as a trial.
 */
#ifndef ELT_PARTITION_COMPRESS_TRIAL_H
#define ELT_PARTITION_COMPRESS_TRIAL_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "partition/pack_shape.h"

typedef struct SampleSize
{
	int64		rows;			/* of the sample */
	int64		table_rows;		/* of the whole table, estimated */
	int64		bytes;			/* of the whole table, sorted and dense */
	int64		brin_bytes;		/* the same without indexes that BRIN can replace */
} SampleSize;

/* Nothing is left behind. */
extern SampleSize SampleSorted(Oid leaf, List *columns);
/* The same when its rows are packed, from all rows of some keys. */
extern SampleSize SamplePacked(Oid leaf, const PackedShape *shape);

#endif
