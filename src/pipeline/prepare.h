/*
 * prepare.h
 *	  The partitions that a staged batch needs.
 */
#ifndef ELT_PIPELINE_PREPARE_H
#define ELT_PIPELINE_PREPARE_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Missing partitions (PartitionBounds *); error when there are too many. */
extern List *PrepareFindMissing(const Pipeline *p);

#endif
