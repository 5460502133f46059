/*
 * arrival.h
 *	  The column that takes the order in which records arrived, over all pages and runs.
 *
 * It is the time in microseconds since 1970, and more than that where records come faster than
 * the clock: no two records of a process have the same.
 */
#ifndef ELT_DECODE_ARRIVAL_H
#define ELT_DECODE_ARRIVAL_H

#include "postgres.h"
#include "access/tupdesc.h"

/* Error unless it can hold one. */
extern void ArrivalColumnCheck(Form_pg_attribute att);

extern int64 NextArrival(void);

#endif
