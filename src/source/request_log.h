/*
 * request_log.h
 *	  Collect the request log of a pull, one row per attempt, until it is stored.
 *
 * A kind that logs begins a row, adds columns by the names that elt_catalog.request_log gives
 * them, and ends it.
 */
#ifndef ELT_SOURCE_REQUEST_LOG_H
#define ELT_SOURCE_REQUEST_LOG_H

#include "postgres.h"
#include "catalog/slice.h"
#include "nodes/pg_list.h"

typedef struct RequestLog RequestLog;

/* In the current memory context. */
extern RequestLog *RequestLogOpen(void);

/* Begin the row of a request sent at that time for a slice, or for a token (NULL). */
extern void RequestLogBegin(RequestLog *log, TimestampTz sent, const Slice *slice);
/* A value of NULL is left out. */
extern void RequestLogText(RequestLog *log, const char *column, const char *value);
extern void RequestLogNumber(RequestLog *log, const char *column, int64 value);
extern void RequestLogMs(RequestLog *log, const char *column, int64 microseconds);
extern void RequestLogBool(RequestLog *log, const char *column, bool value);
extern void RequestLogEnd(RequestLog *log);

/* What is to be counted of the request of a row; verdict is a constant. */
extern void RequestLogCount(RequestLog *log, const char *verdict, int64 bytes, int64 microseconds);

/* Is it time to store the collected rows? */
extern bool RequestLogIsDue(const RequestLog *log);

/* As RequestLogInsert takes them; NULL when there are none. */
extern const char *RequestLogRows(RequestLog *log);
/* As RequestTallyAdd takes them. */
extern List *RequestLogCounts(const RequestLog *log);
extern void RequestLogEmpty(RequestLog *log);

#endif
