/*
 * truncated_rows.h
 *	  The rows that a truncated table had, as far as they have landed or are staged.
 */
#ifndef ELT_SOURCE_LOGICAL_TRUNCATED_ROWS_H
#define ELT_SOURCE_LOGICAL_TRUNCATED_ROWS_H

#include "postgres.h"
#include "source/definition.h"
#include "source/logical/pgoutput.h"

typedef struct TruncatedRows TruncatedRows;

/* All rows that came before the truncation have been staged. In the current memory context. */
extern TruncatedRows *TruncatedRowsFind(const SourceDefinition *def);

/*
 * Set the values of the key of the next one, as texts in the current context, where column_of says that
 * the tuple has them. False: there are no more, and they are released.
 */
extern bool TruncatedRowsNext(TruncatedRows *rows, const int *column_of, OutputTuple *tuple);

#endif
