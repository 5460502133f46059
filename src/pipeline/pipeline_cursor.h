/*
 * pipeline_cursor.h
 *	  Incremental pipelines that continue from the greatest landed value of a column, or from the
 *	  position of the last landed page.
 */
#ifndef ELT_PIPELINE_PIPELINE_CURSOR_H
#define ELT_PIPELINE_PIPELINE_CURSOR_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/standing.h"
#include "source/definition.h"

/* Error unless the source supports the pipeline's cursor; sets its cursor column. */
extern void PipelineCursorCheck(Pipeline *p, const SourceDefinition *source);

/* Error when lookback has neither windows nor a time to start from. */
extern void PipelineLookbackCheck(const Pipeline *p, const SourceDefinition *source,
								  const Interval *lookback);

/* The cursor of the next request, from the state of its params; NULL without a cursor. */
extern char *PipelineCursorText(const Pipeline *p, const SourceDefinition *source,
								const Standing *standing);

/* The position at which the source's kind continues, where it uses positions; or NULL. */
extern const char *PipelinePosition(const Pipeline *p, const SourceDefinition *source,
									const Standing *standing);

/*
 * The staged rows have been merged, those that were refused are gone: move the cursors of their
 * params to the greatest value that is left, or to the position of the last page.
 */
extern void PipelineCursorLand(const Pipeline *p, const SourceDefinition *source, int64 run_id);

/* Move the cursor back to a time, if there is one; error when it is not a time. */
extern void PipelineCursorReset(const Pipeline *p, const SourceDefinition *source,
								TimestampTz to);

#endif
