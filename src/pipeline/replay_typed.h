/*
 * replay_typed.h
 *	  Rejects that were kept as typed rows become rows of the source's type again.
 */
#ifndef ELT_PIPELINE_REPLAY_TYPED_H
#define ELT_PIPELINE_REPLAY_TYPED_H

#include "postgres.h"
#include "catalog/replayed.h"
#include "decode/row_batch.h"
#include "source/definition.h"

typedef struct TypedRows TypedRows;

extern bool IsTypedRow(const ReplayedReject *j);
/* One of before expressions. */
extern bool IsDecodedRow(const ReplayedReject *j);

/* For so many rejects at a time, in the current memory context. */
extern TypedRows *TypedRowsCreate(const SourceDefinition *source, int capacity);

/*
 * Read those of these (ReplayedReject *) that nobody has changed, each by its place in the list,
 * from 0. If one has an error, none of its kind is read.
 */
extern void TypedRowsRead(TypedRows *rows, List *rejects);
/* The same for one, with its patch. Its error is raised. */
extern void TypedRowRead(TypedRows *rows, const ReplayedReject *j, int at);

extern bool TypedRowIsRead(const TypedRows *rows, int at);
/* A column that it has and the source has not, or NULL. */
extern const char *TypedRowUnknown(const TypedRows *rows, int at);
/* Add it to a batch, as the row of this record. */
extern void TypedRowPut(const TypedRows *rows, int at, RowBatch *batch, int64 record);

#endif
