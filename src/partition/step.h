/*
 * step.h
 *	  How many numbers a partition takes, where it is meant to have so many rows or bytes.
 */
#ifndef ELT_PARTITION_STEP_H
#define ELT_PARTITION_STEP_H

#include "postgres.h"
#include "partition/policy.h"

/* Set the step by the latest full partition, in the policy given and in the catalog. */
extern void PolicyAdaptStep(Policy *policy);

#endif
