/*
 * kept_rows.h
 *	  Rows of a query that following statements read by a name, as triggers read changed rows.
 *
 * They take no table, which a trigger should not create, and beyond work_mem they are on disk.
 */
#ifndef ELT_STAR_KEPT_ROWS_H
#define ELT_STAR_KEPT_ROWS_H

#include "postgres.h"

typedef struct KeptRows KeptRows;

/* Run a query as role and keep its rows under a name until KeptRowsEnd; SPI must be connected. */
extern KeptRows *KeptRowsOf(const char *name, const char *query, Oid role);
/* The same for a query that looks few rows up in other tables. */
extern KeptRows *KeptRowsLookUp(const char *name, const char *query, Oid role);
extern uint64 KeptRowsCount(const KeptRows *rows);
extern void KeptRowsEnd(KeptRows *rows);

#endif
