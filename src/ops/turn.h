/*
 * turn.h
 *	  Queue the runs of pipelines whose parents are done, and of those whose tables were changed.
 *
 * Never waits for another transaction. SPI must be connected.
 */
#ifndef ELT_OPS_TURN_H
#define ELT_OPS_TURN_H

#include "postgres.h"

/* Returns the number of runs queued. */
extern int	TakeTurns(void);
extern int	TakeChanges(void);

#endif
