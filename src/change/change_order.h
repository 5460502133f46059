/*
 * change_order.h
 *	  The order of what is logged where triggers are called in another one than that of the changes.
 */
#ifndef ELT_CHANGE_CHANGE_ORDER_H
#define ELT_CHANGE_CHANGE_ORDER_H

#include "postgres.h"
#include "catalog/change_log.h"
#include "change/change_commit.h"

/* Old rows (elt_old) were logged: rows of their keys between two numbers, which were added, follow. */
extern void ChangesMoveAdded(const ChangeLog *log, int64 commit_id, int64 after, int64 before);
/* Rows of a statement were logged: what others did to them within it follows. */
extern void ChangesMoveNested(const ChangeLog *log, int64 commit_id, const StatementChanges *statement,
							  bool has_old, bool has_new);

#endif
