/*
 * event_landing.h
 *	  Where the rows of a pipeline are that reads events of change.
 */
#ifndef ELT_SOURCE_EVENT_LANDING_H
#define ELT_SOURCE_EVENT_LANDING_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "source/definition.h"

typedef struct EventLanding
{
	Oid			owner;
	char	   *staging;		/* qualified and quoted */
	char	   *target;			/* the same; NULL: it does not exist */
	bool		keeps_history;
	AttrNumber	valid_by;		/* the column by whose times it has versions; InvalidAttrNumber: none */
	bool		marks_deletes;
	bool		is_log;			/* of changes, each of which is a row */
} EventLanding;

/* In the current memory context. */
extern EventLanding *EventLandingOf(const Pipeline *p);

/* The column with a role; InvalidAttrNumber: there is none. */
extern AttrNumber EventColumnOf(const SourceDefinition *def, EventRole role);
/* Those of the pipeline's key, in the current memory context. */
extern AttrNumber *EventKeyColumns(const SourceDefinition *def, int *n);

/* What rows of the target t that are not deleted have, as " AND ...". */
extern const char *EventLandedCondition(const EventLanding *landing);

#endif
