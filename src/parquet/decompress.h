/*
 * decompress.h
 *	  Decompress a page of a Parquet file.
 */
#ifndef ELT_PARQUET_DECOMPRESS_H
#define ELT_PARQUET_DECOMPRESS_H

#include "postgres.h"
#include "parquet/parquet_format.h"

/* Raise an error when pages of this codec cannot be decompressed. */
extern void DecompressCheck(ParquetCodec codec);

/* Fill out completely, from what a codec has compressed. NULL, or what is wrong with the bytes. */
extern const char *Decompress(ParquetCodec codec, const char *in, size_t in_len, char *out, size_t out_len);

#endif
