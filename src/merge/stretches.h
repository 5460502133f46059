/*
 * stretches.h
 *	  Where many values lie: stretches that hold all of them, and little between them.
 */
#ifndef ELT_MERGE_STRETCHES_H
#define ELT_MERGE_STRETCHES_H

#include "postgres.h"

typedef struct Stretch
{
	int64		low;
	int64		high;
	int64		count;			/* values from low to high */
} Stretch;

typedef struct Stretches
{
	int			count;
	Stretch    *all;			/* ascending, apart from each other */
	int64		values;			/* in all of them */
	int64	   *recent;			/* values that are in none yet */
	int			nrecent;
	int			size;			/* of recent */
} Stretches;

/* In the current memory context, which later calls need not be made in. */
extern Stretches *StretchesBegin(void);
extern void StretchesAdd(Stretches *s, int64 value);
/* No value comes any more. */
extern void StretchesEnd(Stretches *s);

#endif
