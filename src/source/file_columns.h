/*
 * file_columns.h
 *	  Columns that take what is told of the file that a record came from.
 */
#ifndef ELT_SOURCE_FILE_COLUMNS_H
#define ELT_SOURCE_FILE_COLUMNS_H

#include "postgres.h"
#include "decode/row_batch.h"
#include "source/pulled.h"

struct FetchedPage;

/* Put their values into params, by attnum - 1. */
extern void FileColumnsPut(const SourceDefinition *def, const PulledSlice *pulled,
						   const struct FetchedPage *page, const char **params);

/* Add them to the values that stand outside of a rejected record, so that it can be decoded alone. */
extern void FileColumnsKeep(const SourceDefinition *def, const char **params, RowReject *reject);

/* Put those that were kept into params. */
extern void FileColumnsTake(const SourceDefinition *def, const char *ancestors,
							const char **params);

#endif
