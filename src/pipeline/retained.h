/*
 * retained.h
 *	  Windows whose rows retention would remove at once.
 */
#ifndef ELT_PIPELINE_RETAINED_H
#define ELT_PIPELINE_RETAINED_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "source/definition.h"

/* Start of the oldest window that retention does not remove; -infinity: all are kept. */
extern TimestampTz RetainedFrom(const Pipeline *p, const SourceDefinition *source);

/* Report to the caller that a new pipeline begins later than its start_at. */
extern void TellOfLaterStart(const Pipeline *p, const SourceDefinition *source);
/* Report to the caller that retention will remove the oldest of the requested windows. */
extern void TellOfExpiredSpan(const Pipeline *p, const SourceDefinition *source,
							  TimestampTz from);

#endif
