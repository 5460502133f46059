/*
 * text_row.h
 *	  Rows whose values come one by one as texts, from a kind that has no pages.
 */
#ifndef ELT_DECODE_TEXT_ROW_H
#define ELT_DECODE_TEXT_ROW_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "decode/row_batch.h"

typedef struct TextRows TextRows;

/* For rows of this type; lives in the current context. */
extern TextRows *TextRowsCreate(TupleDesc desc);

/* Begin a row, of a batch with fewer than capacity; its columns are null. */
extern void TextRowBegin(TextRows *rows, RowBatch *batch);

/* A value of the row, as the type of its column writes it, in UTF-8. */
extern void TextRowPut(TextRows *rows, AttrNumber attnum, const char *text, size_t len);
extern void TextRowPutDatum(TextRows *rows, AttrNumber attnum, Datum value);

/*
 * The row is complete. raw(arg) is what a reject shows of it, in UTF-8: JSON by column, from which it can be
 * replayed unless *whole is set to false.
 */
extern void TextRowEnd(TextRows *rows, int64 record, char *(*raw) (void *arg, bool *whole), void *arg);

/* Convert what needs the input functions of types; rows that they refuse become rejects. */
extern void TextRowsFinish(RowBatch *batch);

#endif
