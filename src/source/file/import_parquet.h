/*
 * import_parquet.h
 *	  The foreign table for Parquet files, from their schemas.
 */
#ifndef ELT_SOURCE_FILE_IMPORT_PARQUET_H
#define ELT_SOURCE_FILE_IMPORT_PARQUET_H

#include "postgres.h"
#include "foreign/foreign.h"
#include "nodes/pg_list.h"

/*
 * A statement that creates it, from the options of IMPORT FOREIGN SCHEMA. max_bytes: of a file, after
 * decompression.
 */
extern char *ImportParquet(const ForeignServer *server, List *options, int64 max_bytes);

#endif
