/*
 * native.h
 *	  Conditions on a row, compiled to be evaluated while rows are loaded.
 *
 * A condition has a native form only when it is known to give the same result as the executor
 * for every possible row, including three-valued logic. Evaluating one cannot fail.
 */
#ifndef ELT_PREDICATE_NATIVE_H
#define ELT_PREDICATE_NATIVE_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "nodes/primnodes.h"

/* Verdicts, ordered so that AND is the least, OR the greatest and NOT the mirror image. */
#define NATIVE_FALSE	0
#define NATIVE_NULL		1
#define NATIVE_TRUE		2

/* Most rows in one span. */
#define NATIVE_ROWS		1024

/* Rows side by side, as a batch of rows holds them. */
typedef struct RowSpan
{
	const Datum *values;		/* nrows x natts */
	const bool *isnull;
	int			natts;
	int			nrows;
} RowSpan;

typedef struct NativeNode NativeNode;

/* Put the verdict on each row of the span into verdicts. */
typedef void (*NativeRun) (NativeNode *node, const RowSpan *rows, uint8 *verdicts);

/* Every kind of node begins with this one. */
struct NativeNode
{
	NativeRun	run;
};

/*
 * The native form of a boolean expression over columns of row, after expression_planner; NULL
 * when it has none. It lives in the current memory context.
 */
extern NativeNode *NativeCompile(Node *expression, TupleDesc row);

#endif
