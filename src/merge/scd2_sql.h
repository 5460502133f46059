/*
 * scd2_sql.h
 *	  The statements of an scd2 merge, in the order in which they run.
 */
#ifndef ELT_MERGE_SCD2_SQL_H
#define ELT_MERGE_SCD2_SQL_H

#include "postgres.h"
#include "merge/scd2_shape.h"

typedef struct Scd2Step
{
	char	   *sql;
	bool		probes;			/* planned by JoinSettings(probes) */
} Scd2Step;

/* Fates of rows that make history: of the log, or of a target that says otherwise. */
#define SCD2_ACCEPTED "'new', 'changed', 'missing', 'altered'"

/*
 * One read-only join that decides what each row is, as _fate: everything after works on its
 * result. rows stand after FROM, with their state.
 */
extern char *Scd2Fates(const Scd2 *scd, const char *rows);

/* Scd2Step *: what becomes of the rows in "left", into "event"; and the history of "event". */
extern List *Scd2Classify(const Scd2 *scd);
extern List *Scd2Write(const Scd2 *scd);
/* What late_horizon lets the log forget; NIL without it. */
extern List *Scd2Prune(const Scd2 *scd);
extern void Scd2RunSteps(List *steps, Oid role);

extern char *Scd2Accepted(const Scd2 *scd); /* how many rows make history */
extern char *Scd2Counts(const Scd2 *scd);

#endif
