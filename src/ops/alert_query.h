/*
 * alert_query.h
 *	  The condition of an alert: a ready one, or a query of its owner.
 */
#ifndef ELT_OPS_ALERT_QUERY_H
#define ELT_OPS_ALERT_QUERY_H

#include "postgres.h"
#include "catalog/alert.h"
#include "catalog/alert_incident.h"

/* Errors unless the condition can be evaluated as the alert's owner. SPI must be connected. */
extern void AlertQueryCheck(const Alert *alert);
/* Evaluate it as the alert's owner, within a limited time. */
extern void AlertQueryRun(const Alert *alert, AlertFindings *findings);

#endif
