/*
 * relation_rows.h
 *	  Stage ranges of a relation, without the rows that cannot be read.
 */
#ifndef ELT_SOURCE_RELATION_RELATION_ROWS_H
#define ELT_SOURCE_RELATION_RELATION_ROWS_H

#include "postgres.h"
#include "source/relation/relation_pull.h"

/* Stage the next rows of the slice, at most order->limit; false when the phase has no more. */
extern bool RelationStageRows(RelationPull *pull, const Slice *slice, StageOrder *order);

#endif
