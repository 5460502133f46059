/*
 * arrival.h
 *	  Number records in their order of arrival, across pages and runs.
 *
 * The number is the time in microseconds since 1970, incremented where needed so that it is
 * unique within a process.
 */
#ifndef ELT_DECODE_ARRIVAL_H
#define ELT_DECODE_ARRIVAL_H

#include "postgres.h"
#include "access/tupdesc.h"

/* Raise an error unless its type is valid. */
extern void ArrivalColumnCheck(Form_pg_attribute att);

extern int64 NextArrival(void);

#endif
