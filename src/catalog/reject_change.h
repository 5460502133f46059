/*
 * reject_change.h
 *	  What people do with rejects by hand.
 */
#ifndef ELT_CATALOG_REJECT_CHANGE_H
#define ELT_CATALOG_REJECT_CHANGE_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/reject_set.h"

/* Returns how many. */
extern int64 RejectsDiscard(const Pipeline *p, const RejectSet *set, const char *reason);

/* The pipeline of a reject; raises an error when there is no such reject. */
extern int32 RejectPipeline(int64 id);
/* Store what is to be changed in it. Raises an error when it is settled. */
extern void RejectPatch(const Pipeline *p, int64 id, const char *patch);
/* Its state, and the message of its last attempt. */
extern char *RejectState(int64 id, char **message);

#endif
