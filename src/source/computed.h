/*
 * computed.h
 *	  Compute the values of columns with an expression, for rows that were decoded.
 */
#ifndef ELT_SOURCE_COMPUTED_H
#define ELT_SOURCE_COMPUTED_H

#include "postgres.h"
#include "decode/row_batch.h"
#include "source/definition.h"

typedef struct Computed Computed;

/*
 * The row as it is decoded: a column with an expression holds the text that the expression calls
 * value. The definition's own when no column has one.
 */
extern TupleDesc DecodedRow(const SourceDefinition *def);

/* Checks the expressions; NULL when there are none. Lives in the current context. */
extern Computed *ComputedCreate(const SourceDefinition *def);

/* Turn decoded rows into those of the table; rows whose expression fails become rejects. */
extern void ComputedFill(Computed *computed, RowBatch *rows);

#endif
