/*
 * hand_over.h
 *	  A pipeline gets another owner, another source, or other names of its columns, and keeps its
 *	  state.
 */
#ifndef ELT_PIPELINE_HAND_OVER_H
#define ELT_PIPELINE_HAND_OVER_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "source/definition.h"
#include "utils/jsonb.h"

/* The caller must be able to be the new owner, and he to read the source. */
extern void HandOverOwner(Pipeline *p, Oid owner);

/*
 * columns is a JSON object of former names and new ones, or NULL; only columns that the
 * definition names need be in it. Returns what the source is.
 */
extern SourceDefinition *HandOverSource(Pipeline *p, Oid source, Jsonb *columns);

#endif
