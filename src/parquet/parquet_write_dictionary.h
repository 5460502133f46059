/*
 * parquet_write_dictionary.h
 *	  The distinct values of a column, by their numbers.
 */
#ifndef ELT_PARQUET_PARQUET_WRITE_DICTIONARY_H
#define ELT_PARQUET_PARQUET_WRITE_DICTIONARY_H

#include "postgres.h"
#include "parquet/parquet_write_buffer.h"

typedef struct Dictionary
{
	int			width;			/* bytes of each value; 0: its length comes first */
	uint32		n;
	WriteBuffer plain;			/* the values, as the file has them */
	WriteBuffer ends;			/* size_t of each, where it ends in plain */
	WriteBuffer hashes;			/* uint32 of each */
	WriteBuffer slots;			/* uint32, number of a value plus 1; a power of 2 */
	uint32		mask;			/* of the slots */
	uint32		last;			/* what was asked for last */
} Dictionary;

extern void DictionaryInit(Dictionary *dictionary, int width, MemoryContext cxt);
extern void DictionaryReset(Dictionary *dictionary);

/* The number of a value, which is added if it is new. */
extern uint32 DictionaryNumber(Dictionary *dictionary, const char *data, size_t len);

/* Add the values with these numbers as the file has them; of equal ones, one if distinct. */
extern uint32 DictionaryGather(const Dictionary *dictionary, const uint32 *numbers, size_t n,
							   bool distinct, WriteBuffer *to);

#endif
