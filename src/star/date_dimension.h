/*
 * date_dimension.h
 *	  The dimension of days.
 */
#ifndef ELT_STAR_DATE_DIMENSION_H
#define ELT_STAR_DATE_DIMENSION_H

#include "postgres.h"
#include "nodes/pg_list.h"

/* All dimensions of days (Oid). */
extern List *DateDimensions(void);
/* Extend one to the end of the next year but one, with the privileges of whoever created it. */
extern void DateDimensionExtend(Oid relation);

#endif
