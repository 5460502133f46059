/*
 * chain_read.h
 *	  The chain of retention as it was declared.
 */
#ifndef ELT_PARTITION_CHAIN_READ_H
#define ELT_PARTITION_CHAIN_READ_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "partition/action.h"

typedef struct ChainStep
{
	Interval   *after;
	const PartAction *action;
	char	   *options;		/* the whole element, as the text of a jsonb object */
} ChainStep;

/* The chain (ChainStep *) of a jsonb array as text; NIL for NULL. */
extern List *ChainRead(const char *chain);
/* Age at which rows leave the table; NULL: never. */
extern Interval *ChainRemovesAfter(List *chain);

#endif
