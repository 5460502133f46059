/*
 * star_watch.h
 *	  Create and drop the triggers on the sources of dimensions and facts.
 */
#ifndef ELT_STAR_STAR_WATCH_H
#define ELT_STAR_STAR_WATCH_H

#include "postgres.h"

/* Can changes of a relation be seen by triggers: is it a table? */
extern bool StarCanWatch(Oid relation);
/*
 * Create the triggers as role, unless they are there or the relation is no table, and let nobody
 * write to it until the transaction ends.
 */
extern void StarWatch(Oid relation, Oid role);
/* Drop them when no dimension and no fact is left that reads the relation. */
extern void StarUnwatch(Oid relation);

#endif
