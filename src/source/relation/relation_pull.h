/*
 * relation_pull.h
 *	  How far a relation has been read.
 */
#ifndef ELT_SOURCE_RELATION_RELATION_PULL_H
#define ELT_SOURCE_RELATION_RELATION_PULL_H

#include "postgres.h"
#include "source/feed.h"
#include "source/relation/relation_statement.h"

/* What is known of transactions that may still write rows below the greatest cursor. */
typedef struct Settling
{
	bool		done;
	bool		begun;
	TimestampTz deadline;
	TimestampTz clock;			/* of the source at the first look; DT_NOEND: the one here */
	List	   *running;		/* char *, transactions of the first look that were still seen */
	Datum		greatest;		/* cursor at the first look */
	char	   *greatest_text;
	bool		has_greatest;
	Datum		safe;			/* no row is still to come below it */
	bool		has_safe;		/* false: nothing is known to be safe */
} Settling;

typedef struct RelationPull
{
	Pull		base;
	int			next;			/* index of the first slice that was not handed out */
	RelationPhase phase;		/* of the slice at hand */
	OrderPlace *behind;			/* the last row of the phase that was staged, or NULL */
	MemoryContext place_cxt;	/* of that */
	char	   *from;			/* the least cursor that is read; NULL: any */
	Datum		reached;		/* the last cursor that was staged */
	bool		has_reached;
	bool		has_ranges;		/* see relation_ranges.h */
	List	   *bounds;			/* char *, between the ranges */
	int			range;			/* at hand, from 0 */
	Settling	settling;
	int64		shown;			/* rows of a preview */
} RelationPull;

/* The phase that a slice begins with. */
extern RelationPhase FirstPhase(const SourceDefinition *def);

/* The range of rows that comes next, without a limit. */
extern RelationRange RelationNext(const RelationPull *pull, const Slice *slice);

/* Rows up to this place have been staged. */
extern void RelationReached(RelationPull *pull, const OrderPlace *place);

#endif
