/*
 * csv_held.h
 *	  Hold records back until it is known that they are not the last ones of a page.
 */
#ifndef ELT_DECODE_CSV_HELD_H
#define ELT_DECODE_CSV_HELD_H

#include "postgres.h"
#include "decode/csv_reader.h"

typedef struct CsvHeld CsvHeld;

/* So many records are left out at the end of each page; memory bounds what they may take. */
extern CsvHeld *CsvHeldCreate(int footer, size_t memory);
extern void CsvHeldBegin(CsvHeld *held);

/* Where they come from, as from CsvNext. */
typedef CsvResult (*CsvSource) (void *arg, CsvRecord *record);

/* The same without them. Lines with nothing on them do not count, and are left out. */
extern CsvResult CsvHeldNext(CsvHeld *held, CsvSource next, void *arg, CsvRecord *record);

#endif
