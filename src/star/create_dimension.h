/*
 * create_dimension.h
 *	  Build the relations of a dimension over a source again.
 */
#ifndef ELT_STAR_CREATE_DIMENSION_H
#define ELT_STAR_CREATE_DIMENSION_H

#include "postgres.h"
#include "star/dimension.h"

/*
 * Add attributes that its table lacks, take over all members, and put the views; surrogate keys
 * stay. Returns how many rows were written.
 */
extern int64 DimensionRebuild(Dimension *d);

#endif
