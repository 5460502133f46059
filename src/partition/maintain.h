/*
 * maintain.h
 *	  Create partitions ahead of time and remove expired ones, a limited number at a time.
 */
#ifndef ELT_PARTITION_MAINTAIN_H
#define ELT_PARTITION_MAINTAIN_H

#include "postgres.h"
#include "fmgr.h"
#include "nodes/pg_list.h"
#include "partition/parts.h"
#include "partition/policy.h"

/* What became of one partition. */
typedef struct PartOutcome
{
	char	   *name;
	Part		part;
	const char *action;			/* what was done; NULL: made */
	char	   *reason;			/* why it is held, or NULL */
	int64		rows;			/* deleted where there are no partitions: name is NULL */
} PartOutcome;

/* A bounded part of what one table needs. */
typedef struct Maintenance
{
	Oid			relation;
	bool		dry_run;
	int			at_most;		/* partitions to make or remove */
	List	   *outcomes;		/* PartOutcome *, of those made, removed and held */
	int			left;			/* partitions that are due beyond at_most */
} Maintenance;

/* Error unless the current user has the rights of the relation's owner. */
extern void CheckMayMaintain(Oid relation);
/* Every table with a policy (Oid), in the order in which all lock them. */
extern List *RelationsWithPolicy(void);

/* That table, or with InvalidOid all with a policy that the caller may maintain (Oid). */
extern List *RelationsOfCaller(Oid only);

/* Make the partitions of the current interval and premake more. */
extern void PartitionsRotate(Maintenance *m);
/* Do what retention wants with old partitions, except those that somebody needs. */
extern void PartitionsExpire(Maintenance *m);

/*
 * Maintenance called by a user: of one table, or with InvalidOid of each of the caller's tables
 * with a policy, where the failure of one is a warning. Rows of (relation, partition, lower_bound,
 * upper_bound [, action, rows, reason]) into the function's result.
 */
extern void MaintainByHand(FunctionCallInfo fcinfo, Oid only, bool dry_run,
						   void (*maintain) (Maintenance *m));
/* A text of a result, whose null is told apart. */
extern Datum TextOrNull(const char *text);
/* Error unless whoever set the policy still has the rights of the table's owner. */
extern void PolicyCheckSetter(const Policy *policy);
/* Maintenance by the job: at most this many partitions of one table. Returns how many were made. */
extern int	MaintainSome(Oid relation, int at_most, void (*maintain) (Maintenance *m));

#endif
