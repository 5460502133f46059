/*
 * unsent_values.h
 *	  Values that events of change lack because they are as they were.
 *
 * They are those of the last change of the row before: one in the same rows or staged in the same batch,
 * else what has landed.
 */
#ifndef ELT_SOURCE_UNSENT_VALUES_H
#define ELT_SOURCE_UNSENT_VALUES_H

#include "postgres.h"
#include "decode/row_batch.h"
#include "source/definition.h"

/*
 * Give rows the values that they lack; those whose values are not known become rejects. Without a
 * pipeline, as in a SELECT, they stay null.
 */
extern void UnsentValuesFill(const SourceDefinition *def, RowBatch *rows);

#endif
