/*
 * quals.h
 *	  Conditions of a WHERE clause on params and windows.
 *
 * They are found when the query is planned and evaluated when it runs. Every clause is checked
 * again on each row, so a clause that is not recognized costs requests, never correctness.
 */
#ifndef ELT_LIVE_QUALS_H
#define ELT_LIVE_QUALS_H

#include "postgres.h"
#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"
#include "source/definition.h"

typedef enum NarrowingKind
{
	NARROW_EQUAL,				/* param = value */
	NARROW_ANY,					/* param = ANY (array) */
	NARROW_WINDOW,				/* window column, btree strategy, value */
	NARROW_CURSOR,				/* cursor column >= value, or the like */
	NARROW_VALUE				/* of another column: what of a file need not be read */
} NarrowingKind;

typedef struct Narrowing
{
	NarrowingKind kind;
	char	   *param;			/* NULL for a window or cursor */
	int			strategy;		/* of a window or value */
	AttrNumber	attnum;			/* of a value */
	Oid			compare;		/* function that compares the column with it */
	Oid			collation;
	Expr	   *value;			/* without columns of this table */
} Narrowing;

/* The narrowings (Narrowing *) among the clauses of a base relation. */
extern List *NarrowingsFind(const SourceDefinition *def, RelOptInfo *rel);

/* To and from what a plan can carry: expressions and a list of nodes that describes them. */
extern List *NarrowingsExprs(List *narrowings);
extern List *NarrowingsPack(List *narrowings);
extern List *NarrowingsUnpack(List *packed, List *exprs);

/*
 * Evaluate the expressions (List of ExprState *) and list the slices to ask for. Error when a
 * param or a bound of the window is missing, with the WHERE clause to write.
 */
extern List *NarrowedSlices(const SourceDefinition *def, List *narrowings, List *states,
							ExprContext *econtext);

/* The one of a combination of params, without a window or cursor. */
extern Slice *SliceOfParams(char *params);

/* The bounds of values (DecodeBound *), evaluated too. */
extern List *NarrowedBounds(List *narrowings, List *states, ExprContext *econtext);

/* How many requests it will take, guessed while planning. */
extern double NarrowedRequests(PlannerInfo *root, const SourceDefinition *def,
							   List *narrowings);

#endif
