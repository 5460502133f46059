/*
 * restate_facts.h
 *	  Update the stored keys of facts after the members of a dimension have changed.
 */
#ifndef ELT_STAR_RESTATE_FACTS_H
#define ELT_STAR_RESTATE_FACTS_H

#include "postgres.h"
#include "star/dimension.h"

/*
 * By the rows that are kept as elt_moved: the natural key, _old_key and _new_key, and of a history
 * the span from _from to _to; and as elt_found, of a history: the natural key and _durable of new
 * members.
 */
extern void RestateFacts(const Dimension *d);

/* Facts whose day a date dimension did not have, and has now. */
extern void RestateFactsOfDays(Oid relation);

#endif
