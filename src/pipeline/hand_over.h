/*
 * hand_over.h
 *	  Change a pipeline's owner, source, or the names of its columns, and keep its state.
 */
#ifndef ELT_PIPELINE_HAND_OVER_H
#define ELT_PIPELINE_HAND_OVER_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "source/definition.h"
#include "utils/jsonb.h"

/* The caller must be able to SET ROLE to the new owner, which must be able to read the source. */
extern void HandOverOwner(Pipeline *p, Oid owner);

/*
 * columns is a JSON object of former names and new ones, or NULL; only columns that the definition
 * names need be in it. Returns the new source.
 */
extern SourceDefinition *HandOverSource(Pipeline *p, Oid source, Jsonb *columns);

#endif
