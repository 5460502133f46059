/*
 * history_as_of.h
 *	  The function that returns the rows of a history that were valid at a time.
 */
#ifndef ELT_CHANGE_HISTORY_AS_OF_H
#define ELT_CHANGE_HISTORY_AS_OF_H

#include "postgres.h"

/* Make it beside the target, unless something with its name is there. */
extern void HistoryAsOfEnsure(Oid target, Oid owner);
/* The target has another name. */
extern void HistoryAsOfFollow(Oid target);
/* Others may read it, or may not. */
extern void HistoryGrantsFollow(Oid target);

#endif
