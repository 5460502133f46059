/*
 * aggregate_check.h
 *	  Whether an aggregate can be kept, and whether its sums mean something.
 */
#ifndef ELT_STAR_AGGREGATE_CHECK_H
#define ELT_STAR_AGGREGATE_CHECK_H

#include "postgres.h"
#include "star/aggregate.h"

/* Error when it cannot be kept, or sums what its fact declares not to be summed so. */
extern void AggregateCheck(const Aggregate *a);

#endif
