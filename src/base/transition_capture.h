/*
 * transition_capture.h
 *	  Rows for transition tables.
 */
#ifndef ELT_BASE_TRANSITION_CAPTURE_H
#define ELT_BASE_TRANSITION_CAPTURE_H

#include "commands/trigger.h"

extern void TransitionCaptureInit(void);
/* An error if the statement began before the library was there, so that NEW TABLE may have wrong rows. */
extern void RequireTransitionRows(const TriggerData *data);

#endif
