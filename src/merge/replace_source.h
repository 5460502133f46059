/*
 * replace_source.h
 *	  Can the rows of a source's windows be found again in a target, so as to be exchanged?
 */
#ifndef ELT_MERGE_REPLACE_SOURCE_H
#define ELT_MERGE_REPLACE_SOURCE_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "source/definition.h"

/* Error unless they can. */
extern void ReplaceCheckSource(const Pipeline *p, const SourceDefinition *source);

#endif
