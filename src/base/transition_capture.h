/*
 * transition_capture.h
 *	  Rows that triggers see in transition tables.
 */
#ifndef ELT_BASE_TRANSITION_CAPTURE_H
#define ELT_BASE_TRANSITION_CAPTURE_H

#include "commands/trigger.h"

extern void TransitionCaptureInit(void);
/* Raise an error if the statement began before the library was loaded: NEW TABLE may have wrong rows. */
extern void RequireTransitionRows(const TriggerData *data);

#endif
