/*
 * compress.h
 *	  Compress the pages of Parquet files, each by itself.
 */
#ifndef ELT_PARQUET_COMPRESS_H
#define ELT_PARQUET_COMPRESS_H

#include "postgres.h"
#include "parquet/parquet_format.h"
#include "parquet/parquet_write_buffer.h"

typedef struct Compressor Compressor;

/* Can pages be compressed by it? */
extern bool CompressorExists(ParquetCodec codec);

/* level 0 is the codec's own; what it holds goes with the current memory context. */
extern Compressor *CompressorBegin(ParquetCodec codec, int level);
/* Add the compressed bytes to a buffer. */
extern void CompressorAdd(Compressor *compressor, const char *data, size_t len, WriteBuffer *to);

#endif
