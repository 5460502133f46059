/*
 * alert_delivery.h
 *	  The ledger of messages: each is sent until the receiver has accepted it, or a limited number of
 *	  times.
 *
 * An attempt is recorded before it is made. After a crash in between, the message is sent again with
 * the same key: at least once, and not for ever. SPI must be connected.
 */
#ifndef ELT_CATALOG_ALERT_DELIVERY_H
#define ELT_CATALOG_ALERT_DELIVERY_H

#include "postgres.h"
#include "nodes/pg_list.h"

typedef struct AlertFact
{
	char	   *name;
	char	   *value;
} AlertFact;

typedef struct AlertDelivery
{
	int64		id;
	char	   *channel;
	char	   *event;			/* firing, reminder, resolved, test, summary */
	char	   *key;
	char	   *json;			/* the facts as one object */
	List	   *facts;			/* AlertFact * */
} AlertDelivery;

/*
 * Messages (AlertDelivery *) to be sent now, with the attempt counted; further attempts come after
 * delay_ms, doubling. silent: names of alerts whose messages wait (char *).
 */
extern List *DeliveriesClaim(List *silent, int delay_ms);
extern void DeliverySent(int64 id, int http_status);
/* After the last attempt it has failed for good. retry_after_ms: what the receiver asked for, or 0. */
extern void DeliveryRefused(int64 id, int http_status, const char *error, int64 retry_after_ms);
/* Queue a test of a channel; returns its id. */
extern int64 DeliveryTest(const char *channel);

#endif
