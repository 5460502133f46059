/*
 * replace_by.h
 *	  Check that the scopes of a pipeline are whole in its answers.
 */
#ifndef ELT_MERGE_REPLACE_BY_H
#define ELT_MERGE_REPLACE_BY_H

#include "postgres.h"
#include "source/definition.h"

/* Error unless a batch of this source can replace scopes of the pipeline's replace_by. */
extern void ReplaceByCheck(const Pipeline *p, const SourceDefinition *source);

/* Do the params of a request determine its scope, so that an empty answer has one too? */
extern bool ReplaceByParams(const Pipeline *p, const SourceDefinition *source);

#endif
