/*
 * action.h
 *	  What retention can do with a partition: each action is a list of steps.
 *
 * The job executes each step in a transaction of its own, and records it in the ledger in that
 * transaction. A crash at any point therefore resumes with the first step that is not recorded, which
 * must bear to be repeated: what a step does outside of the transaction, as a file that it writes,
 * may be there already. In elt.apply_retention all steps share the caller's transaction.
 *
 * To add an action, write its steps in a file named by it, and list it in action.c.
 */
#ifndef ELT_PARTITION_ACTION_H
#define ELT_PARTITION_ACTION_H

#include "postgres.h"

/* Where the rows of a partition are, as bits. */
typedef enum PartState
{
	PART_ATTACHED = 1,
	PART_DETACHED = 2,			/* in a table of its own */
	PART_ARCHIVED = 4,			/* in a verified archive */
	PART_DROPPED = 8,
	PART_PACKED = 16			/* in arrays, read only */
} PartState;

/* A partition at hand (part_work.h). */
typedef struct PartWork PartWork;

typedef struct PartStep
{
	const char *name;			/* in elt.partitions.step once it has been done */
	void		(*run) (PartWork *work);

	/*
	 * For what cannot run in a transaction block: the statement, which the job executes as the
	 * table's owner before run, or NULL. Run then finds it done, or does it in another way.
	 */
	char	   *(*statement) (PartWork *work);
	/* For elt.maintenance_plan: the statement, or in words what it does; NULL: its name says it. */
	char	   *(*show) (PartWork *work);
} PartStep;

typedef struct PartAction
{
	const char *name;			/* in a policy, and after "would" */
	const char *done;			/* "dropped" */
	const char *state;			/* of the ledger, while at it; NULL: as before */
	const char *end_state;		/* of the ledger, when done */
	int			from;			/* PartState bits that it can begin in */
	PartState	to;
	bool		removes;		/* the rows leave the table: held while somebody needs them there */
	bool		in_all_view;	/* rows that it takes out of the table stay in <table>_all */
	bool		drops;			/* so does the partition: held while an object depends on it */
	const PartStep *steps;
	int			nsteps;
	const char *options;		/* other keys of its element in a chain, as text[]; NULL: none */
	/* Error unless these are right in an element (jsonb text); or NULL. */
	void		(*check_options) (Oid relation, const char *options);
} PartAction;

extern const PartAction detach_action;
extern const PartAction drop_action;
extern const PartAction compress_action;
extern const PartAction pack_action;
extern const PartAction archive_action;

/* NULL when there is none. */
extern const PartAction *PartActionNamed(const char *name);
/* "drop", "detach" ..., for a hint. */
extern char *PartActionNames(void);
#endif
