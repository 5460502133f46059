/*
 * packed_output.h
 *	  Bytes of an output, buffered, and compressed as one stream.
 */
#ifndef ELT_SINK_PACKED_OUTPUT_H
#define ELT_SINK_PACKED_OUTPUT_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "parquet/parquet_format.h"
#include "sink/output.h"

typedef struct PackedOutput PackedOutput;

/* Can whole files be compressed by it? */
extern bool PackedOutputExists(ParquetCodec codec);
/* ".gz"; "" when there is no compression */
extern const char *PackedOutputSuffix(ParquetCodec codec);

extern PackedOutput *PackedOutputBegin(OutputFile *output, ParquetCodec codec, int level);
/* To be filled; it is empty again after each call. */
extern StringInfo PackedOutputText(PackedOutput *packed);
/* Write the text if it is long enough. */
extern void PackedOutputFlush(PackedOutput *packed);
extern void PackedOutputEnd(PackedOutput *packed);

#endif
