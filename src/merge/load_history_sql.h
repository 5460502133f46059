/*
 * load_history_sql.h
 *	  Statements of a history whose times are those of loads.
 */
#ifndef ELT_MERGE_LOAD_HISTORY_SQL_H
#define ELT_MERGE_LOAD_HISTORY_SQL_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "merge/scd2_shape.h"

/*
 * The statement that writes what a table "newest" of rows changes: keys, attributes, _run_id,
 * _loaded_at, _deleted. newest is its SELECT, at when their load began. Returns one row of counts.
 */
extern char *LoadHistorySql(const Scd2 *scd, const char *newest, TimestampTz at);

/* The SELECT of such a table from the staged rows. */
extern char *LoadHistoryStaged(const Scd2 *scd, const char *rows);

/* A SELECT that says of each such row what it is, in the form of a strategy's preview. */
extern char *LoadHistoryPreviewSql(const Scd2 *scd, const char *newest);

#endif
