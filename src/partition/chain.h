/*
 * chain.h
 *	  The chain of retention: what is done with a partition at which age.
 */
#ifndef ELT_PARTITION_CHAIN_H
#define ELT_PARTITION_CHAIN_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "partition/ledger.h"
#include "partition/policy.h"

/* Error unless it can be the age of what goes. */
extern void RetentionCheckAge(const Interval *after);
/* Error unless each step can follow the one before it. */
extern void ChainCheck(const Policy *policy);

/*
 * What is due for a partition, or NULL. Steps that a later due one makes needless are passed over,
 * and what has left the table goes on only by the chain that made it leave.
 */
extern const ChainStep *ChainDue(const Policy *policy, const LedgerRow *row);

#endif
