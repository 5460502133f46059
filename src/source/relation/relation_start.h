/*
 * relation_start.h
 *	  From which cursor a relation is read, and up to which one a run has read it.
 */
#ifndef ELT_SOURCE_RELATION_RELATION_START_H
#define ELT_SOURCE_RELATION_RELATION_START_H

#include "postgres.h"
#include "source/relation/relation_pull.h"

/* Set the least cursor that is read, unless it is set. */
extern void RelationStart(RelationPull *pull, const Slice *slice);

/*
 * The cursor from which the next run reads, in cxt: all rows below it have been staged or landed.
 * NULL: that of the slice, or none.
 */
extern char *RelationPosition(const RelationPull *pull, const Slice *slice, MemoryContext cxt);

/* Compare two cursors. */
extern int	RelationCompare(const SourceDefinition *def, Datum a, Datum b);

#endif
