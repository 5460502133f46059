/*
 * native_node.h
 *	  The kinds of nodes that a native condition is made of.
 */
#ifndef ELT_PREDICATE_NATIVE_NODE_H
#define ELT_PREDICATE_NATIVE_NODE_H

#include "postgres.h"
#include "access/stratnum.h"
#include "predicate/native.h"

/* Logic */
extern NativeNode *NativeConstant(uint8 verdict);
extern NativeNode *NativeAnd(List *nodes);	/* of NativeNode *, at least one */
extern NativeNode *NativeOr(List *nodes);
extern NativeNode *NativeNot(NativeNode *node);
extern NativeNode *NativeIs(NativeNode *node, uint8 verdict);	/* true where it is this one */
extern NativeNode *NativeColumnIsNull(int column);
extern NativeNode *NativeBoolColumn(int column);

/* What a scalar's values are compared as. */
typedef enum ScalarKind
{
	SCALAR_KEY,					/* int64 whose order and equality are the type's */
	SCALAR_NUMERIC,
	SCALAR_TEXT					/* bytes */
} ScalarKind;

/* How the key of a value is computed. */
typedef enum KeyForm
{
	KEY_BOOL,
	KEY_INT2,
	KEY_INT4,
	KEY_INT8,
	KEY_FLOAT4,
	KEY_FLOAT8,
	KEY_FLOAT_OF_INT2,
	KEY_FLOAT_OF_INT4,
	KEY_FLOAT_OF_INT8,
	KEY_CHARACTERS,
	KEY_CHARACTERS_TRIMMED,
	KEY_BYTES
} KeyForm;

/* A column, or a function of one. */
typedef struct Scalar
{
	ScalarKind	kind;
	int			column;			/* from 0 */
	KeyForm		form;			/* of SCALAR_KEY */
	bool		trimmed;		/* of SCALAR_TEXT: blanks at the end do not count */
} Scalar;

/* The key by which a float8 is ordered: -0 is 0, NaN is equal to itself and the greatest. */
extern int64 NativeFloatKey(double value);
/* Keys of a scalar's rows; keys of nulls are undefined. */
extern void NativeKeys(const Scalar *scalar, const RowSpan *rows, int64 *keys);
/* The bytes of a text, detoasted when need be. */
extern const char *NativeText(Datum value, bool trimmed, int *len);

/*
 * AND of two ranges of one scalar, such as BETWEEN, is a range: narrow the first by the other. False
 * when they are no such ranges.
 */
extern bool NativeNarrowRange(NativeNode *node, const NativeNode *by);

/* Comparison; strategies are those of btrees, ROWCOMPARE_NE is no strategy here. */
extern NativeNode *NativeCompareKey(const Scalar *scalar, StrategyNumber strategy, int64 key);
extern NativeNode *NativeCompareIntegerWithNumeric(const Scalar *scalar,
												   StrategyNumber strategy, Datum value);
extern NativeNode *NativeCompareDatum(const Scalar *scalar, StrategyNumber strategy, Datum value);
extern NativeNode *NativeCompareScalars(const Scalar *left, StrategyNumber strategy,
										const Scalar *right);

/* Membership of a list without nulls. */
extern NativeNode *NativeKeyIn(const Scalar *scalar, int64 *keys, int nkeys);
extern NativeNode *NativeTextIn(const Scalar *scalar, const Datum *values, int nvalues);

/* Text that begins with something. */
extern NativeNode *NativePrefix(const Scalar *scalar, Datum prefix);

/*
 * Match text with the automaton of a pattern; undecided text is matched by the server's
 * function. NULL when the pattern has no automaton.
 */
extern NativeNode *NativePattern(const Scalar *scalar, const char *regex, bool negated,
								 Oid function, Oid collation, Datum pattern);

#endif
