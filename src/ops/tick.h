/*
 * tick.h
 *	  Decide the slots of schedules that have come.
 *
 * Each is decided once, whoever calls and how often: a schedule is locked while it is decided, and
 * one that another session has locked is that session's. Nothing is written when nothing is due.
 * SPI must be connected.
 */
#ifndef ELT_OPS_TICK_H
#define ELT_OPS_TICK_H

#include "postgres.h"

/* Returns the number of runs queued. timers: only schedules that wait for no call of elt.tick. */
extern int	Tick(bool timers);

#endif
