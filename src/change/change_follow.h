/*
 * change_follow.h
 *	  A change log follows the definition of its target.
 */
#ifndef ELT_CHANGE_CHANGE_FOLLOW_H
#define ELT_CHANGE_CHANGE_FOLLOW_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "catalog/change_log.h"

/* Give the log the columns that its target has. */
extern void ChangeFollowColumns(const ChangeLog *log, TupleDesc target);

#endif
