/*
 * native_value.h
 *	  Expressions that compute a value from texts, compiled to be evaluated without the executor.
 *
 * What is computed is what the executor computes. Where that is not certain, as for every row of
 * which it raises an error, the row is left to the executor.
 */
#ifndef ELT_PREDICATE_NATIVE_VALUE_H
#define ELT_PREDICATE_NATIVE_VALUE_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "nodes/primnodes.h"
#include "predicate/native_bytes.h"

typedef struct NativeValue NativeValue;

/*
 * The native form of an expression over columns of row and the external parameter of this number,
 * which is a text; NULL when it has none. It lives in the current memory context.
 */
extern NativeValue *NativeValueCompile(Node *expression, TupleDesc row, int param);

/* The value is in the current memory context. */
extern NativeOutcome NativeValueRun(NativeValue *value, const NativeRow *row, Datum *result);

#endif
