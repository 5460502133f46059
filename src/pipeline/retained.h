/*
 * retained.h
 *	  Windows whose rows retention would remove at once.
 */
#ifndef ELT_PIPELINE_RETAINED_H
#define ELT_PIPELINE_RETAINED_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "source/definition.h"

/* Where the oldest window begins of which retention keeps anything; -infinity: all are kept. */
extern TimestampTz RetainedFrom(const Pipeline *p, const SourceDefinition *source);

/* Tell who declares a pipeline that it begins later than its start_at says. */
extern void TellOfLaterStart(const Pipeline *p, const SourceDefinition *source);
/* Tell who asks for windows from a time on that the oldest will not stay. */
extern void TellOfExpiredSpan(const Pipeline *p, const SourceDefinition *source,
							  TimestampTz from);

#endif
