/*
 * relation_ranges.h
 *	  Read a relation by ranges of the first column of its key, one after the other.
 */
#ifndef ELT_SOURCE_RELATION_RELATION_RANGES_H
#define ELT_SOURCE_RELATION_RELATION_RANGES_H

#include "postgres.h"
#include "source/relation/relation_pull.h"

/* Error unless the pipeline's option key_ranges can be followed. */
extern void KeyRangesCheck(const SourceDefinition *def);

/* Set the range to begin with, unless it is set: that of the position, or the first of new ones. */
extern void KeyRangesStart(RelationPull *pull, const Slice *slice);

/* The range at hand as a condition; nothing where there are none. */
extern void KeyRangesSet(const RelationPull *pull, RelationRange *range);

/* Go on to the next range; false: there is none. */
extern bool KeyRangesNext(RelationPull *pull);

/* From where the next run goes on, in cxt. */
extern char *KeyRangesPosition(const RelationPull *pull, MemoryContext cxt);

#endif
