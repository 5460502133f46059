/*
 * maintain.h
 *	  Whose tables a caller may rotate and expire, and how the answer is returned.
 */
#ifndef ELT_MAINTAIN_H
#define ELT_MAINTAIN_H

#include "postgres.h"
#include "fmgr.h"
#include "nodes/pg_list.h"
#include "partition/parts.h"

/* Error unless the current user owns the relation or is an elt_admin. */
extern void CheckMayMaintain(Oid relation);
/* This one, or with InvalidOid every table with a policy that the user may maintain. */
extern List *RelationsToMaintain(Oid relation);
/*
 * Drop, detach or show the partitions that retention no longer keeps, of one table or of every
 * table with a policy that the user may maintain; one row each.
 */
extern void PartitionsExpire(FunctionCallInfo fcinfo, Oid only, bool dry_run);
/* One row of (relation, partition, lower_bound, upper_bound [, action, rows]). */
extern void ReturnPart(FunctionCallInfo fcinfo, Oid relation, const char *name,
					   const Part *part, const char *action);

#endif
