/*
 * nested_zip.h
 *	  Rows of records whose arrays differ in depth: a path that ends in [*][*] makes a row of each
 *	  inner element, and an element of an array with one [*] is repeated beside them.
 */
#ifndef ELT_DECODE_NESTED_ZIP_H
#define ELT_DECODE_NESTED_ZIP_H

#include "postgres.h"
#include "decode/decoder.h"

/*
 * How many rows the arrays make, which have this common length. False: the record is a reject, or
 * the page has failed.
 */
extern bool NestedStart(Decoder *d, int64 length, int64 *nrows);

/* Set the element of each [*] column for the next row. False: the page has failed. */
extern bool NestedNext(Decoder *d);

#endif
