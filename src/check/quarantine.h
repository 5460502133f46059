/*
 * quarantine.h
 *	  Move staged rows to quarantine.
 */
#ifndef ELT_CHECK_QUARANTINE_H
#define ELT_CHECK_QUARANTINE_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "storage/itemptr.h"

/* Why a row is quarantined; rows may share one. */
typedef struct Offence
{
	const char *reason;
	const char *message;
	const char *column;			/* NULL: no single one */
	List	   *checks;			/* char *, names of all broken checks */
	int			sqlstate;		/* 0: not told */
} Offence;

typedef struct BadRow
{
	ItemPointerData tid;
	const Offence *offence;
} BadRow;

/* Rows of a staging table, in the order in which they stand there. */
typedef struct BadRows
{
	int64		count;
	int64		capacity;
	BadRow	   *rows;
} BadRows;

extern BadRows *BadRowsBegin(void);
extern void BadRowsAdd(BadRows *bad, ItemPointer tid, const Offence *offence);

/* Copy them to elt_catalog.reject, raw as JSON of the source's columns. */
extern void BadRowsQuarantine(const BadRows *bad, const Pipeline *p, int64 run_id,
							  int32 batch, const char *stage);
/* Take them out of the staging table; where missing rows are deleted, these are not missing. */
extern void BadRowsDelete(const BadRows *bad, const Pipeline *p);
/* Before that: what becomes of them, and so of their children, if it is not quarantine. */
extern void BadRowsTell(const BadRows *bad, const Pipeline *p, const char *fate);
/* Delete them from the staging table as if they had not come. */
extern void BadRowsForget(const BadRows *bad, const Pipeline *p);

#endif
