/*
 * waiting.h
 *	  Rows of a replayed child whose parents wait in quarantine themselves.
 */
#ifndef ELT_MERGE_WAITING_H
#define ELT_MERGE_WAITING_H

#include "postgres.h"
#include "check/quarantine.h"

/*
 * Staged rows that must not land yet: the row of their parent that came with them is an open
 * reject, although the target may have an older version of it.
 */
extern BadRows *RowsOfWaitingParents(const Pipeline *child, const Pipeline *parent);

#endif
