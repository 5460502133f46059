/*
 * alert_send.h
 *	  Send the messages of alerts that are queued.
 */
#ifndef ELT_OPS_ALERT_SEND_H
#define ELT_OPS_ALERT_SEND_H

#include "postgres.h"
#include "catalog/alert.h"

/*
 * Commits as it goes. silent: names of alerts whose messages wait (char *); delay_ms: before a
 * second attempt.
 */
extern void AlertsSend(List *silent, int delay_ms);

/* Errors unless the channel's owner may insert messages into its table. */
extern void AlertTableCheck(const AlertChannel *channel);

#endif
