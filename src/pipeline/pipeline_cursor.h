/*
 * pipeline_cursor.h
 *	  Pipelines that go on from the greatest value of a column that has landed, or from the
 *	  position of the last page that has.
 */
#ifndef ELT_PIPELINE_PIPELINE_CURSOR_H
#define ELT_PIPELINE_PIPELINE_CURSOR_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/standing.h"
#include "source/definition.h"

/* Error unless the source can be asked from a value on; names the pipeline's cursor column. */
extern void PipelineCursorCheck(Pipeline *p, const SourceDefinition *source);

/* Error when there is nothing that lookback could go back from. */
extern void PipelineLookbackCheck(const Pipeline *p, const SourceDefinition *source,
								  const Interval *lookback);

/* What the next request says, given where its params stand; NULL for a source without cursor. */
extern char *PipelineCursorText(const Pipeline *p, const SourceDefinition *source,
								const Standing *standing);

/* What the last landing has left to the source's kind, where it goes on by positions; or NULL. */
extern const char *PipelinePosition(const Pipeline *p, const SourceDefinition *source,
									const Standing *standing);

/*
 * The staged rows have been merged, those that were refused are gone: move the cursors of their
 * params to the greatest value that is left, or to the position of the last page.
 */
extern void PipelineCursorLand(const Pipeline *p, const SourceDefinition *source, int64 run_id);

/* Back to a time, if there is a cursor; error when it is no time. */
extern void PipelineCursorReset(const Pipeline *p, const SourceDefinition *source,
								TimestampTz to);

#endif
