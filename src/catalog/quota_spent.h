/*
 * quota_spent.h
 *	  What has been spent of the quotas of servers; the only reader and writer of
 *	  elt_catalog.quota. SPI must be connected.
 */
#ifndef ELT_CATALOG_QUOTA_SPENT_H
#define ELT_CATALOG_QUOTA_SPENT_H

#include "postgres.h"
#include "datatype/timestamp.h"

/* Requests that are known to have been made of a server since then. */
extern int64 QuotaSpent(const char *server, TimestampTz since);

/* Write down what the budget knows and the table does not yet. */
extern void QuotaSave(Oid server, const char *name);

#endif
