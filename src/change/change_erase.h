/*
 * change_erase.h
 *	  Remove rows from a change log for good.
 */
#ifndef ELT_CHANGE_CHANGE_ERASE_H
#define ELT_CHANGE_CHANGE_ERASE_H

#include "postgres.h"
#include "catalog/change_log.h"

/* Remove the changes that a condition on t selects; returns their number. */
extern int64 ChangesForget(const ChangeLog *log, const char *condition);
/* A number between the changes before and those after. */
extern int64 ChangesMark(const ChangeLog *log);
/* Of the deletes of this transaction behind a mark, keep what identifies the rows. */
extern void ChangesBlank(const ChangeLog *log, int64 mark);

#endif
