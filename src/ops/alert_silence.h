/*
 * alert_silence.h
 *	  When no messages of an alert are sent.
 */
#ifndef ELT_OPS_ALERT_SILENCE_H
#define ELT_OPS_ALERT_SILENCE_H

#include "postgres.h"
#include "catalog/alert.h"

/* Is it silent at this time? */
extern bool AlertIsSilent(const Alert *alert, TimestampTz now);

#endif
