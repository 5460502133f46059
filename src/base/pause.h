/*
 * pause.h
 *	  Sleep while serving interrupts.
 */
#ifndef ELT_BASE_PAUSE_H
#define ELT_BASE_PAUSE_H

/* Sleep up to this long; a set latch ends the sleep early. Serves interrupts. */
extern void PauseFor(long milliseconds);

#endif
