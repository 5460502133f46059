/*
 * relation_statement.h
 *	  The statements that read a relation.
 */
#ifndef ELT_SOURCE_RELATION_RELATION_STATEMENT_H
#define ELT_SOURCE_RELATION_RELATION_STATEMENT_H

#include "postgres.h"
#include "base/sql.h"
#include "source/pulled.h"
#include "source/relation/relation_order.h"

/*
 * Which rows are read, one phase after the other: those that have a place in the order, those
 * that have one but for the cursor, the rest. Without an order or a limit there is one phase.
 */
typedef enum RelationPhase
{
	READ_ALL,
	READ_ORDERED,
	READ_WITHOUT_CURSOR,
	READ_WITHOUT_KEY,
	READ_NOTHING
} RelationPhase;

/* A range of the rows of a slice. */
typedef struct RelationRange
{
	const SourceDefinition *def;
	const Slice *slice;
	RelationPhase phase;
	const char *from;			/* the least cursor, as text of its type; NULL: any */
	const char *low;			/* the least value of the key's first column; NULL: any */
	const char *high;			/* all are less than it; NULL: any */
	bool		without_key;	/* that is null */
	const OrderPlace *behind;	/* NULL: from the first one on */
	const OrderPlace *up_to;	/* NULL: to the last one */
	const OrderPlace *at;		/* NULL: at any */
	int64		limit;			/* of rows, in their order; 0: none */
	int64		offset;			/* of a preview */
} RelationRange;

/* The first of the columns that order the rows of a phase; -1: none does. */
extern int	PhaseOrder(const SourceDefinition *def, RelationPhase phase);
/* The phase after this one that can have rows. */
extern RelationPhase NextPhase(const SourceDefinition *def, RelationPhase phase);

/* SELECT all columns of the relation, or those of the order. */
extern void SelectRows(Sql *q, const RelationRange *range);
extern void SelectPlaces(Sql *q, const RelationRange *range);
/* INSERT INTO order->into SELECT ..., RETURNING the columns of the phase's order if it has any. */
extern void InsertRows(Sql *q, const RelationRange *range, const StageOrder *order);

#endif
