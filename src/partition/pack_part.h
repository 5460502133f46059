/*
 * pack_part.h
 *	  Pack the rows of a partition, and unpack them again.
 */
#ifndef ELT_PARTITION_PACK_PART_H
#define ELT_PARTITION_PACK_PART_H

#include "postgres.h"
#include "partition/compression.h"
#include "partition/part_work.h"

/* A detached partition: row becomes one that is packed. Raises an error when it cannot be. */
extern void PackPart(PartWork *work);
/* Make a partition of a packed one again. */
extern Compression *UnpackPart(const Policy *policy, LedgerRow *row);

#endif
