/*
 * native_operand.h
 *	  Operands of comparisons: columns, functions of them, constants.
 */
#ifndef ELT_PREDICATE_NATIVE_OPERAND_H
#define ELT_PREDICATE_NATIVE_OPERAND_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "nodes/primnodes.h"
#include "predicate/native_node.h"

/* An operator that compares values of two types by the order of both. */
typedef struct Comparison
{
	StrategyNumber strategy;
	bool		negated;		/* <> is not = */
	Oid			left;			/* types */
	Oid			right;
} Comparison;

/* Is the operator a supported comparison under this collation? */
extern bool NativeComparison(Oid operator, Oid collation, Comparison *result);
/* The same with its sides exchanged. */
extern void NativeCommute(Comparison *comparison);

/* How values of a type are compared, without the column; false when not supported. */
extern bool NativeScalarOfType(Oid type, Scalar *result);
/* The column of a reference to one, or -1. */
extern int	NativeColumn(Node *expression);
/* Is the expression a scalar that an operator takes as a value of type? */
extern bool NativeScalar(Node *expression, TupleDesc row, Oid type, Scalar *result);
/* Is it an integer that an operator takes as a numeric? */
extern bool NativeIntegerAsNumeric(Node *expression, TupleDesc row, Scalar *result);
/* The key of a constant of a type whose kind is SCALAR_KEY. */
extern int64 NativeConstantKey(Oid type, Datum value);

/* Are two texts equal under this collation only when their bytes are? */
extern bool NativeIsBytewise(Oid collation);

#endif
