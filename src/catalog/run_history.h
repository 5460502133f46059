/*
 * run_history.h
 *	  How long runs and slots are kept.
 */
#ifndef ELT_CATALOG_RUN_HISTORY_H
#define ELT_CATALOG_RUN_HISTORY_H

#include "postgres.h"

extern int	RunRetention;		/* elt.run_retention, minutes; 0: for ever */

/* Delete at most so many old runs, and as many old slots; returns the greater number. */
extern int64 HistoryPrune(int64 at_most);

#endif
