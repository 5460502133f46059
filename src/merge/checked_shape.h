/*
 * checked_shape.h
 *	  The shape of a merge whose pipeline, source and target fit each other.
 */
#ifndef ELT_MERGE_CHECKED_SHAPE_H
#define ELT_MERGE_CHECKED_SHAPE_H

#include "postgres.h"
#include "merge/shape.h"

/* Error when they no longer do. */
extern MergeShape *MergeShapeOf(const Pipeline *p, const SourceDefinition *source);

#endif
