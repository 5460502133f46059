/*
 * params_query.h
 *	  Params combinations from the rows of a query: one request for each row of a table.
 *
 * The query runs at the start of each run, as the pipeline's owner, and cannot write. Its columns
 * are named after params of the source; those that it lacks come from the option "params".
 */
#ifndef ELT_PIPELINE_PARAMS_QUERY_H
#define ELT_PIPELINE_PARAMS_QUERY_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "source/definition.h"

/* Error unless it is one query whose columns, with params, give the source what it needs. */
extern void ParamsQueryCheck(const Pipeline *p, const SourceDefinition *source);

/* Every combination as the text of a JSON object (char *), once. */
extern List *ParamsQueryRun(const Pipeline *p, const SourceDefinition *source);

#endif
