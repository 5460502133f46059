/*
 * header_row.h
 *	  Records that are arrays, whose fields a header names.
 */
#ifndef ELT_DECODE_HEADER_ROW_H
#define ELT_DECODE_HEADER_ROW_H

#include "postgres.h"
#include "decode/decoder.h"

typedef struct HeaderRow HeaderRow;

/* NULL: records have no header. */
extern HeaderRow *HeaderRowCreate(const DecodeSpec *spec, const PathTree *tree);
/* A page begins; h may be NULL. */
extern void HeaderRowBegin(HeaderRow *h);

/* Are the names of this page still to be read? */
extern bool HeaderRowIsNext(const Decoder *d);
/* From the record that was just begun, or in a pass of their own; false: the page failed. */
extern bool ReadHeaderRecord(Decoder *d);
extern bool ReadHeaderPath(Decoder *d);

/*
 * The names, as a JSON array that is kept with a rejected record and from which they are taken
 * again; *result stays as it is without a header. False when they cannot be stored.
 */
extern bool HeaderRowText(Decoder *d, const char **result);
extern void HeaderRowTake(Decoder *d, const char *text);

/* Names of the page at hand that no column takes, except those that occur more than once. */
extern void HeaderRowTakeUnknown(Decoder *d, UnknownSink sink, void *state);

/* The rest of a record that is an array, and how many fields it has. */
extern bool ReadRowOfArray(Decoder *d, uint64 stamp, int64 *nfields);
/* What is wrong with that number; NULL: nothing. */
extern char *FieldCountText(const Decoder *d, int64 nfields);

#endif
