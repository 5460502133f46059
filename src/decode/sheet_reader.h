/*
 * sheet_reader.h
 *	  Read the rows of a sheet of an Excel workbook, as records of fields.
 *
 * Dates and times are in ISO 8601, true and false are words, and strings and numbers are their text.
 * Errors of cells are marked.
 */
#ifndef ELT_DECODE_SHEET_READER_H
#define ELT_DECODE_SHEET_READER_H

#include "postgres.h"
#include "decode/byte_source.h"
#include "decode/csv_reader.h"

typedef struct SheetReader SheetReader;

/*
 * In the current memory context. The sheet is named or numbered; NULL: the first. Rows up to skip_rows
 * are left out, and so are those without values. Fields without one are the text null.
 */
extern SheetReader *SheetReaderCreate(const char *sheet, int skip_rows, const char *null,
									  size_t record_memory);
extern void SheetReaderOpen(SheetReader *r, ByteSource *source);

/* As CsvNext: the result is a record, too large or the end. */
extern CsvResult SheetNext(SheetReader *r, CsvRecord *record);

#endif
