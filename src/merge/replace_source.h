/*
 * replace_source.h
 *	  Check that the rows of a source's windows can be identified in a target, to be replaced.
 */
#ifndef ELT_MERGE_REPLACE_SOURCE_H
#define ELT_MERGE_REPLACE_SOURCE_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "source/definition.h"

/* Error unless they can. */
extern void ReplaceCheckSource(const Pipeline *p, const SourceDefinition *source);

#endif
