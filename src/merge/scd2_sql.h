/*
 * scd2_sql.h
 *	  The statements of an scd2 merge, in the order in which they run.
 */
#ifndef ELT_SCD2_SQL_H
#define ELT_SCD2_SQL_H

#include "postgres.h"
#include "merge/scd2_target.h"

/* Make them for the pipeline's owner. */
extern void Scd2MakeWorkTables(const Scd2 *scd);

/* Each list: char *. */
extern List *Scd2WorkTables(const Scd2 *scd);	/* made by the catalogue's owner */
extern List *Scd2Classify(const Scd2 *scd);
extern List *Scd2Write(const Scd2 *scd);
extern List *Scd2DropWorkTables(const Scd2 *scd);

extern char *Scd2Accepted(const Scd2 *scd); /* how many rows make history */
extern char *Scd2Counts(const Scd2 *scd);
/* A work table, quoted: event, affected, had, wanted. */
extern char *Scd2Work(const Scd2 *scd, const char *what);

#endif
