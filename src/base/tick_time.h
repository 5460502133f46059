/*
 * tick_time.h
 *	  When elt.tick was last called in this database, in shared memory: a call that finds nothing due
 *	  writes nothing.
 */
#ifndef ELT_BASE_TICK_TIME_H
#define ELT_BASE_TICK_TIME_H

#include "postgres.h"
#include "datatype/timestamp.h"

extern void TickNote(void);
/* 0: not since the server was started. */
extern TimestampTz TickTime(void);
/* Within the last three minutes. */
extern bool TickedRecently(void);

#endif
