/*
 * found.h
 *	  Whether the paths of a foreign table have led to anything in a live SELECT.
 */
#ifndef ELT_LIVE_FOUND_H
#define ELT_LIVE_FOUND_H

#include "postgres.h"
#include "decode/decode.h"
#include "source/definition.h"

typedef struct Found
{
	const SourceDefinition *def;
	int64		records;		/* read so far */
	bool	   *present;		/* by attnum - 1: one of them had the field */
	bool		told;
} Found;

extern Found *FoundBegin(const SourceDefinition *def);

/* A page has been read; decoder may be NULL. */
extern void FoundAddPage(Found *found, Decoder *decoder);

/* All pages have: a warning, the first time, when no column was found in any record. */
extern void FoundCheck(Found *found);

#endif
