/*
 * run_tally.h
 *	  Totals of runs and requests, which outlive the history.
 */
#ifndef ELT_CATALOG_RUN_TALLY_H
#define ELT_CATALOG_RUN_TALLY_H

#include "postgres.h"

/* Make one row of the counts of each pipeline and server; waits for nobody. */
extern void TallyAddUp(void);

#endif
