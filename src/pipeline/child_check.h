/*
 * child_check.h
 *	  Requirements on the source and the key of a child, when it is added and at each run.
 */
#ifndef ELT_PIPELINE_CHILD_CHECK_H
#define ELT_PIPELINE_CHILD_CHECK_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "decode/decode.h"
#include "source/definition.h"

/*
 * The decoder of a child in the responses of its ancestors (SourceDefinition *, its parent last);
 * error unless its records lie within the parent's and the same request brings them. NULL: they come
 * as rows of a stream.
 */
extern Decoder *ChildDecoder(const Pipeline *child, const SourceDefinition *source,
							 List *ancestors);

/* Error unless each column of parent_key holds the column of the parent's key at its place. */
extern void ChildCheckKey(const Pipeline *parent, const SourceDefinition *parent_source,
						  const Pipeline *child, const SourceDefinition *source);

/* Bring parent_key into the order of the parent's key; error unless it holds all of it. */
extern void ChildOrderKey(const Pipeline *parent, const SourceDefinition *parent_source,
						  Pipeline *child, const SourceDefinition *source);

/* Error unless its strategy and parent_key fit each other and the parent. */
extern void ChildCheckStrategy(const Pipeline *parent, const Pipeline *child,
							   const SourceDefinition *source);

/* The sources of a child's ancestors (SourceDefinition *, its parent last). */
extern List *ChildAncestors(const Pipeline *child);

#endif
