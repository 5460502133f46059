/*
 * request_log_table.h
 *	  Every HTTP request of the last days; the only writer of elt_catalog.request_log.
 *
 * It is for people who ask what went wrong, and nothing reads it to decide anything: it goes to
 * disk in lots, with whatever transaction comes next, and ages away.
 */
#ifndef ELT_CATALOG_REQUEST_LOG_TABLE_H
#define ELT_CATALOG_REQUEST_LOG_TABLE_H

#include "postgres.h"
#include "catalog/pipeline.h"

extern int	RequestLogRetention;	/* elt.request_log_retention, minutes; 0: nothing is logged */

/* rows: a JSON array of objects whose members are the table's columns; returns how many. */
extern int64 RequestLogInsert(const Pipeline *p, int64 run_id, const char *rows);

/* Forget at most so many of those that are too old; returns how many. */
extern int64 RequestLogPrune(int64 at_most);

#endif
