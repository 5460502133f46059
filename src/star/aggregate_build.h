/*
 * aggregate_build.h
 *	  Build the relations of an aggregate, in place of those that are there.
 */
#ifndef ELT_STAR_AGGREGATE_BUILD_H
#define ELT_STAR_AGGREGATE_BUILD_H

#include "postgres.h"
#include "star/aggregate.h"

/*
 * Create its view and its table, in place of those of old unless that is NULL, and register it. Others
 * see either the old groups or the new ones. Returns the view.
 */
extern Oid	AggregateBuild(Aggregate *a, const Aggregate *old);
/* Build those of a fact again, which has taken the place of another. */
extern void AggregatesRebuild(Oid old_fact, Oid fact);
extern void AggregateCheckMayChange(const Aggregate *a);

#endif
