/*
 * change_follow.h
 *	  A change log follows the definition of its target.
 */
#ifndef ELT_CHANGE_CHANGE_FOLLOW_H
#define ELT_CHANGE_CHANGE_FOLLOW_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "catalog/change_log.h"

/* Raise an error if a column of the target has a name that the log or its view uses. */
extern void ChangeCheckColumns(Oid target);
/* Give the log the columns that its target has. */
extern void ChangeFollowColumns(const ChangeLog *log, TupleDesc target);

#endif
