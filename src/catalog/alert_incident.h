/*
 * alert_incident.h
 *	  What the condition of each alert holds for, and the messages that follow from that.
 *
 *		nothing ──► pending ──► firing ──► nothing, with a message of its end
 *		                          └──► a message, repeated if the alert says so
 *
 * SPI must be connected.
 */
#ifndef ELT_CATALOG_ALERT_INCIDENT_H
#define ELT_CATALOG_ALERT_INCIDENT_H

#include "postgres.h"
#include "catalog/alert.h"
#include "nodes/pg_list.h"

/* For each subject of which a condition holds (char *, of equal length). */
typedef struct AlertFindings
{
	List	   *subjects;
	List	   *messages;
	List	   *next_steps;
} AlertFindings;

/* The condition holds for these and nothing else: record that, and queue messages. */
extern void IncidentsSettle(const Alert *alert, const AlertFindings *findings);
/* The condition could not be evaluated: that is an incident, and the others stay as they are. */
extern void IncidentsUnknown(const Alert *alert, const char *message);

#endif
