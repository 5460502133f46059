/*
 * type_range.h
 *	  Types whose values are numbers or times, so that a range of them can be read.
 */
#ifndef ELT_BASE_TYPE_RANGE_H
#define ELT_BASE_TYPE_RANGE_H

#include "postgres.h"

/* Of a base type: a domain is none of them. */
extern bool TypeHasRanges(Oid type);

#endif
