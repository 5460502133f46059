/*
 * part_work.h
 *	  A partition with which retention has something to do.
 */
#ifndef ELT_PARTITION_PART_WORK_H
#define ELT_PARTITION_PART_WORK_H

#include "postgres.h"
#include "partition/action.h"
#include "partition/ledger.h"
#include "partition/policy.h"

struct PartWork
{
	const Policy *policy;
	const ChainStep *chain;		/* what is due, with its options */
	LedgerRow  *row;			/* as it is; row->part is invalid once its table is dropped */
	bool		in_job;			/* each step commits */
	char	   *halted;			/* set by a step that could not be done: why; row says where to go on */
};

/* The first step of its action that is not recorded. */
extern const PartStep *NextStep(const PartWork *work);
/* Raise the error of an action that could not go on. */
extern void PartReportHalted(const char *name, const char *why);
/* Where its rows are. */
extern PartState StateOf(const LedgerRow *row);

#endif
