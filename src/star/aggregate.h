/*
 * aggregate.h
 *	  Aggregates of facts: a row for each group, kept as facts and members change.
 *
 * A view, which is queried, is over a table that has for each group what its measures are computed
 * from: counts, and sums that are exact, so that what a batch took away can be subtracted again.
 */
#ifndef ELT_STAR_AGGREGATE_H
#define ELT_STAR_AGGREGATE_H

#include "postgres.h"
#include "star/aggregate_parse.h"

/* One that was created, or NULL; the same, also when its fact was dropped by hand; or an error. */
extern Aggregate *AggregateOf(Oid relation);
extern Aggregate *AggregateWithoutFact(Oid relation);
extern Aggregate *AggregateNamed(Oid relation);
/* One of its details, from 0, whatever it is named by now; or, before it is created, by its name. */
extern char *AggregateDetail(const Aggregate *a, int position, const char *suffix);
/* Those of a fact, and those of facts that refer to a dimension (Aggregate *). */
extern List *AggregatesOfFact(Oid fact);
extern List *AggregatesOfDimension(Oid base);
/* Those whose fact was dropped by hand (Oid). */
extern List *AggregatesOrphaned(void);
/* Are there any? It looks at no definitions. */
extern bool AggregatesAreOfDimension(Oid base);
/* Register it in elt.aggregates, in place of what is there; returns the view. */
extern Oid	AggregateRegister(const Aggregate *a);
extern void AggregateForget(Oid relation);
/* A fact was built again, and may have another OID. */
extern void AggregatesMoveToFact(Oid old, Oid fact);

#endif
