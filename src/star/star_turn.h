/*
 * star_turn.h
 *	  Turns that transactions take at changing a star, so that they do not deadlock.
 */
#ifndef ELT_STAR_STAR_TURN_H
#define ELT_STAR_STAR_TURN_H

#include "postgres.h"
#include "commands/trigger.h"
#include "nodes/pg_list.h"

/* Before a statement changes rows of a source. */
extern void StarTurnOfStatement(const TriggerData *data);
/* Before a function changes relations of stars: sources, dimensions and facts (Oid). */
extern void StarTurnTake(List *relations);
/* The turns of all stars with a fact that refers to a dimension, which may be one of days. */
extern void StarTurnTakeOfDimension(Oid base);
/* Before members are added that a statement on a source names. */
extern void StarTurnToInfer(Oid source);

#endif
