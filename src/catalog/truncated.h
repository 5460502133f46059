/*
 * truncated.h
 *	  Truncations that events of change have told a pipeline of.
 *
 * Rows that are older than one may come after it.
 */
#ifndef ELT_CATALOG_TRUNCATED_H
#define ELT_CATALOG_TRUNCATED_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "utils/jsonb.h"

/* The row that tells of it, as JSON: a delete without a key. One that is known is not added. */
extern void TruncatedAdd(const Pipeline *p, const char *row);
/* All of them (char *). */
extern List *TruncationsTold(const Pipeline *p);
/* Forget those but one; NULL: all. */
extern void TruncatedKeepOnly(const Pipeline *p, const char *row);

/* Forget some of them (char *). */
extern void TruncatedForget(const Pipeline *p, List *rows);
/* Rename columns of the source; columns maps former names to new ones. */
extern void TruncatedRename(const Pipeline *p, Jsonb *columns);

#endif
