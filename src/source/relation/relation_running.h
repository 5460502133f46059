/*
 * relation_running.h
 *	  The transactions that are running where the data of a relation is.
 */
#ifndef ELT_SOURCE_RELATION_RELATION_RUNNING_H
#define ELT_SOURCE_RELATION_RELATION_RUNNING_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "source/definition.h"

typedef struct RunningTransactions
{
	List	   *names;			/* char *, unique while the servers run */
	TimestampTz oldest;			/* when the oldest has begun; DT_NOBEGIN: that is not known of all */
	TimestampTz clock;			/* least time of the servers; DT_NOEND: only this one is asked */
} RunningTransactions;

/* This session's own transaction is not among them, but what it has begun on other servers is. */
extern RunningTransactions RunningTransactionsOf(const SourceDefinition *def);

#endif
