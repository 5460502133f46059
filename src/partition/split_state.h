/*
 * split_state.h
 *	  The state of dividing a partition: a row of elt_catalog.split.
 *
 * "make": the tables for the copies are being made. "copy": rows are copied, and changes of the partition
 * noted. "attach": the copies have taken its place, in groups that are being dissolved. "undo": what was
 * made is being removed.
 */
#ifndef ELT_PARTITION_SPLIT_STATE_H
#define ELT_PARTITION_SPLIT_STATE_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "partition/policy.h"

typedef struct Split
{
	int64		id;
	Oid			relation;
	Oid			source;			/* the partition; invalid when it is gone */
	char	   *name;			/* of the partition */
	Oid			root;			/* partitioned as the relation; holds the groups until the exchange */
	Oid			log;			/* changes of the partition; invalid: none are noted */
	List	   *groups;			/* Oid: partitioned tables, each with some of the new partitions */
	char	   *phase;
	char	   *definition;		/* of the partition, when it began */
	int64		next_block;		/* rows before it are copied */
	int64		blocks;			/* of the partition, as last seen */
	int64		rows;			/* copied */
	int			partitions;
	TimestampTz source_created_at;
	Policy	   *policy;			/* of the relation, with what it is to be divided by */
	Oid			owner;
	Oid			schema;
} Split;

/* Those of a relation (Split *). */
extern List *SplitsOf(Oid relation);
/* That of a partition, or NULL. */
extern Split *SplitOf(Oid source);
/* As it is now; NULL when it is over. */
extern Split *SplitAgain(int64 id);
extern bool SplitIs(const Split *split, const char *phase);
/* A new one; sets id. */
extern void SplitBegin(Split *split);
extern void SplitSave(const Split *split);
extern void SplitForget(const Split *split);
/* Is the partition being divided, or a group of those that take its place? */
extern bool SplitConcerns(Oid relation, Oid part);
/* Relations with such a state, or that had one when the maintenance complained of it (Oid). */
extern List *RelationsSplitting(void);

#endif
