/*
 * parquet_decoder.h
 *	  Decode Parquet pages into rows, for decode.h.
 */
#ifndef ELT_DECODE_PARQUET_DECODER_H
#define ELT_DECODE_PARQUET_DECODER_H

#include "postgres.h"
#include "decode/byte_source.h"
#include "decode/decode_spec.h"
#include "decode/row_batch.h"
#include "decode/unknown.h"
#include "nodes/bitmapset.h"

typedef struct ParquetDecoder ParquetDecoder;

extern ParquetDecoder *ParquetDecoderCreate(const DecodeSpec *spec, size_t record_memory);
/* As the functions of decode.h do. */
extern void ParquetDecoderOpen(ParquetDecoder *d, ByteSource *source, const char **param_values);
extern bool ParquetDecoderFill(ParquetDecoder *d, RowBatch *batch);
extern int64 ParquetDecoderRecords(ParquetDecoder *d);
extern void ParquetDecoderMarkPresent(ParquetDecoder *d, bool *present);
extern void ParquetDecoderReadOnly(ParquetDecoder *d, const Bitmapset *attnums);
/* In parquet_unknown.c. */
extern void ParquetDecoderTakeUnknown(ParquetDecoder *d, UnknownSink sink, void *state);
extern void ParquetDecoderNarrow(ParquetDecoder *d, List *bounds);
extern void ParquetDecoderTake(ParquetDecoder *d, bool (*take) (void *arg), void *arg);

#endif
