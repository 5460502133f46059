/*
 * event_landing.c
 *	  Where the rows of a pipeline are that reads events of change.
 */
#include "base/compat.h"
#include "source/event_landing.h"

#include "base/sql_name.h"
#include "utils/lsyscache.h"

EventLanding *
EventLandingOf(const Pipeline *p)
{
	EventLanding *landing = palloc0(sizeof(EventLanding));

	landing->owner = p->owner;
	landing->staging = PipelineStaging(p);
	landing->keeps_history = strcmp(p->strategy, "scd2") == 0;
	if (landing->keeps_history && p->sequence_by != NIL)
		landing->valid_by = get_attnum(p->source, linitial(p->sequence_by));
	landing->marks_deletes = p->delete_when != NULL;
	landing->is_log = strcmp(p->strategy, "append") == 0;
	if (OidIsValid(p->target))
		landing->target = QuotedRelation(p->target);
	return landing;
}

AttrNumber
EventColumnOf(const SourceDefinition *def, EventRole role)
{
	for (int i = 0; i < def->ncolumns; i++)
		if (def->columns[i].role == role)
			return def->columns[i].attnum;
	return InvalidAttrNumber;
}

AttrNumber *
EventKeyColumns(const SourceDefinition *def, int *n)
{
	AttrNumber *columns = palloc(sizeof(AttrNumber) * Max(def->ncolumns, 1));

	*n = 0;
	for (int i = 0; i < def->ncolumns; i++)
		if (NamesContain(def->key, def->columns[i].name))
			columns[(*n)++] = def->columns[i].attnum;
	return columns;
}

const char *
EventLandedCondition(const EventLanding *landing)
{
	if (landing->keeps_history)
		return " AND t.is_current";
	return landing->marks_deletes ? " AND t._deleted IS NOT TRUE" : "";
}
