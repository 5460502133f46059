/*
 * request_log_table.h
 *	  Every HTTP request of the last days; the only writer of elt_catalog.request_log.
 *
 * It is for diagnosis only and no decision depends on it: it is written in batches within the next
 * transaction, and expires.
 */
#ifndef ELT_CATALOG_REQUEST_LOG_TABLE_H
#define ELT_CATALOG_REQUEST_LOG_TABLE_H

#include "postgres.h"
#include "catalog/pipeline.h"

extern int	RequestLogRetention;	/* elt.request_log_retention, minutes; 0: nothing is logged */

/* rows: a JSON array of objects whose members are the table's columns; returns how many. */
extern int64 RequestLogInsert(const Pipeline *p, int64 run_id, const char *rows);

/* Delete at most this many of the expired requests; returns how many. */
extern int64 RequestLogPrune(int64 at_most);

#endif
