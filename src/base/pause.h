/*
 * pause.h
 *	  Do nothing for a while.
 */
#ifndef ELT_BASE_PAUSE_H
#define ELT_BASE_PAUSE_H

/* At most so long: a wake-up of this process ends it early. Serves interrupts. */
extern void PauseFor(long milliseconds);

#endif
