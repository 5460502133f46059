/*
 * row_json_reader.h
 *	  Read rows that were written as JSON by row_to_json.
 */
#ifndef ELT_BASE_ROW_JSON_READER_H
#define ELT_BASE_ROW_JSON_READER_H

#include "postgres.h"
#include "access/tupdesc.h"

typedef struct RowJsonReader RowJsonReader;

/* For rows of desc, in the current memory context; NULL when a type is not written as a scalar. */
extern RowJsonReader *RowJsonReaderCreate(TupleDesc desc);

/*
 * The row's values, in the current memory context, as json_to_record reads them. False when the text
 * is not as row_to_json writes it today, such as with other columns. An invalid value is an error.
 */
extern bool RowJsonRead(RowJsonReader *reader, const char *json, Datum *values, bool *isnull);

#endif
