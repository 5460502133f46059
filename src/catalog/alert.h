/*
 * alert.h
 *	  Alerts and the channels that their messages go to, as elt_catalog has them.
 *
 * SPI must be connected.
 */
#ifndef ELT_CATALOG_ALERT_H
#define ELT_CATALOG_ALERT_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

typedef struct AlertChannel
{
	char	   *name;
	Oid			owner;
	char	   *kind;
	char	   *server;			/* NULL: messages stay in the database */
	char	   *destination;	/* or NULL */
	char	   *template;		/* NULL: that of the kind */
	int32		max_per_minute; /* messages beyond it are summed up; 0: no limit */
} AlertChannel;

typedef struct Alert
{
	int32		id;
	char	   *name;
	Oid			owner;
	char	   *condition;
	char	   *threshold;		/* NULL: the default of a ready condition */
	char	   *channel;
	Interval   *pending_for;
	Interval   *repeat_every;	/* NULL: never */
	char	   *severity;
	List	   *pipelines;		/* char *; NIL: all */
	char	   *next_step;		/* for what the condition does not say; or NULL */
	TimestampTz silent_from;	/* DT_NOBEGIN and DT_NOBEGIN: not */
	TimestampTz silent_until;
	char	   *silent_schedule;	/* or NULL */
	Interval   *silent_for;
	char	   *silent_time_zone;
} Alert;

/*
 * Whether there may be anything to evaluate or to send in this database; at_once: a test that was
 * queued since then waits.
 */
extern bool AlertsExist(TimestampTz since, bool *at_once);

extern List *AlertsAll(void);	/* Alert * */
extern Alert *AlertByName(const char *name);	/* NULL: there is none */
extern void AlertInsert(const Alert *alert);
extern void AlertUpdate(const Alert *alert);
extern void AlertDelete(const Alert *alert);

/* The query of a ready condition and the default of its threshold; false: there is none. */
extern bool ReadyCondition(const char *name, char **query, char **threshold);

extern AlertChannel *AlertChannelByName(const char *name);	/* NULL: there is none */
extern void AlertChannelStore(const AlertChannel *channel);
extern void AlertChannelDelete(const char *name);
/* The name of an alert that uses it, or NULL. */
extern char *AlertOfChannel(const char *name);
/* The ready template of a kind of channel; NULL: messages to it are no requests. */
extern char *ReadyTemplate(const char *kind);

#endif
