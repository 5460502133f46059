/*
 * kept_value.h
 *	  Values that an update leaves as they are, and that the server therefore does not send.
 *
 * A value that is stored out of line is sent only when it changes. Otherwise it is that of the last
 * change of the row: one that is staged in the same batch, else one that has landed.
 */
#ifndef ELT_SOURCE_LOGICAL_KEPT_VALUE_H
#define ELT_SOURCE_LOGICAL_KEPT_VALUE_H

#include "postgres.h"
#include "source/definition.h"
#include "source/logical/pgoutput.h"

typedef struct KeptValues KeptValues;

/* For a table, in the current memory context. */
extern KeptValues *KeptValuesCreate(const SourceDefinition *def);

/* column_of: where each of the table's changes is in the tuples from now on, or -1. */
extern void KeptValuesMap(KeptValues *k, const int *column_of);

/* Nothing is staged. */
extern void KeptValuesBeginBatch(KeptValues *k);
/* All rows so far are in the staging table. */
extern void KeptValuesBeginFill(KeptValues *k);

/* A row with these values is staged. */
extern void KeptValuesNote(KeptValues *k, const OutputTuple *tuple);

/*
 * Give a tuple the values that it lacks, in the current context: those of the row that had the key of
 * the tuple key. Returns a change whose value is not known, as there is no such row, or -1.
 */
extern int	KeptValuesFill(KeptValues *k, const OutputTuple *key, OutputTuple *tuple);

#endif
