/*
 * fields.h
 *	  Track which declared fields the records of a batch contain, while they are decoded.
 */
#ifndef ELT_PIPELINE_FIELDS_H
#define ELT_PIPELINE_FIELDS_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "decode/decode.h"
#include "source/definition.h"
#include "source/row_fields.h"

typedef struct BatchFields BatchFields;

/*
 * A batch of a source begins, in the current context. decoder NULL: rows that are not decoded have
 * every column.
 */
extern BatchFields *FieldsBegin(const Pipeline *p, const SourceDefinition *source,
								Decoder *decoder);

/* A page was read to its end. */
extern void FieldsAddPage(BatchFields *fields);

/* The fields of a slice's pages count when the slice was staged. */
extern void FieldsEndSlice(BatchFields *fields, bool staged);

/* Store them with the staged batch; mask has the secrets that samples must not show. */
extern void FieldsStage(const BatchFields *fields, const Pipeline *p,
						const SourceDefinition *mask);
/* The same for rows that were not decoded; NULL: what they had is not known. */
extern void FieldsStageRows(const BatchFields *fields, const Pipeline *p, const RowFields *rows);

#endif
