/*
 * maintain.h
 *	  Partitions made ahead and removed by retention: whose tables, and a bounded part at a time.
 */
#ifndef ELT_PARTITION_MAINTAIN_H
#define ELT_PARTITION_MAINTAIN_H

#include "postgres.h"
#include "fmgr.h"
#include "nodes/pg_list.h"
#include "partition/parts.h"

/* What became of one partition. */
typedef struct PartOutcome
{
	char	   *name;
	Part		part;
	const char *action;			/* NULL: made */
	char	   *reason;			/* why it is held, or NULL */
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

/* Make the partitions of the current interval and premake more. */
extern void PartitionsRotate(Maintenance *m);
/* Drop or detach the partitions that retention no longer keeps, but hold those that are needed. */
extern void PartitionsExpire(Maintenance *m);

/*
 * What a caller asks for: of one table, or with InvalidOid of every table with a policy that is
 * the caller's, where one's failure is a warning. Rows of (relation, partition, lower_bound,
 * upper_bound [, action, rows, reason]) into the function's result.
 */
extern void MaintainByHand(FunctionCallInfo fcinfo, Oid only, bool dry_run,
						   void (*maintain) (Maintenance *m));
/*
 * What the maintenance job asks for: at most so many partitions of one table. Returns how many
 * were made or removed. Error unless whoever set the policy still has the rights of the table's
 * owner, and, when nothing is left but what is held, with the reason.
 */
extern int	MaintainSome(Oid relation, int at_most, void (*maintain) (Maintenance *m));

#endif
