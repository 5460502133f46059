/*
 * union.h
 *	  Decode records at several paths of a page, in the order of the paths.
 *
 * Each path has a decoder of its own, and the page is read once for each.
 */
#ifndef ELT_DECODE_UNION_H
#define ELT_DECODE_UNION_H

#include "postgres.h"
#include "decode/byte_source.h"
#include "decode/decode_spec.h"
#include "decode/row_batch.h"
#include "decode/unknown.h"

typedef struct UnionDecoder UnionDecoder;

/* spec for each of records (char *). */
extern UnionDecoder *UnionCreate(const DecodeSpec *spec, List *records);

/* As the functions of decode.h do. */
extern void UnionBegin(UnionDecoder *u);
extern bool UnionOpenRecord(UnionDecoder *u, const char *raw, const RejectContext *context,
							const char **param_values);
extern void UnionOpen(UnionDecoder *u, ByteSource *source, const char **param_values);
extern bool UnionFill(UnionDecoder *u, RowBatch *batch);
extern int64 UnionRecords(UnionDecoder *u);
extern void UnionMarkPresent(UnionDecoder *u, bool *present);
extern void UnionTrackUnknown(UnionDecoder *u);
extern void UnionTakeUnknown(UnionDecoder *u, UnknownSink sink, void *state);
extern List *UnionUnknownSamples(UnionDecoder *u);
/* Of the first list that has records; NULL: none has. */
extern const char *UnionSample(UnionDecoder *u);
extern void UnionForgetSample(UnionDecoder *u);

#endif
