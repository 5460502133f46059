/*
 * default_part.h
 *	  The default partition: rows that lie where a partition is being created.
 */
#ifndef ELT_PARTITION_DEFAULT_PART_H
#define ELT_PARTITION_DEFAULT_PART_H

#include "postgres.h"
#include "partition/parts.h"
#include "partition/policy.h"

/*
 * Move the rows of the range from the default partition, if there is one, to the new table, which is
 * not attached yet; readers wait meanwhile. Error when they are more than elt.drain_max_rows.
 */
extern void DefaultDrain(const Policy *policy, const Part *range, const char *table);
extern void DefaultPartInit(void);

#endif
