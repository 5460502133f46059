/*
 * quota_spent.h
 *	  Requests counted against the quotas of servers; the only reader and writer of
 *	  elt_catalog.quota. SPI must be connected.
 */
#ifndef ELT_CATALOG_QUOTA_SPENT_H
#define ELT_CATALOG_QUOTA_SPENT_H

#include "postgres.h"
#include "datatype/timestamp.h"

/* Requests that are known to have been made of a server since then. */
extern int64 QuotaSpent(const char *server, TimestampTz since);

/* Store what the budget has counted beyond the table. */
extern void QuotaSave(Oid server, const char *name);

#endif
