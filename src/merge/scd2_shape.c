/*
 * scd2_shape.c
 *	  Describe a merge into a history: its time, its attributes, its tables.
 */
#include "base/compat.h"
#include "merge/scd2_shape.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static char *
Companion(Oid target, const char *suffix)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(target)),
									  psprintf("%s_%s", get_rel_name(target), suffix));
}

static void
ChooseAttributes(Scd2 *scd)
{
	const MergeShape *shape = scd->shape;
	List	   *named = ColumnsNamed(shape, shape->pipeline->track_columns);
	ListCell   *lc;

	foreach(lc, shape->values)
	{
		MergeColumn *column = lfirst(lc);

		if (list_member_ptr(shape->sequence, column))
			continue;
		scd->attributes = lappend(scd->attributes, column);
		if (named == NIL || list_member_ptr(named, column))
			scd->tracked = lappend(scd->tracked, column);
		else
			scd->untracked = lappend(scd->untracked, column);
	}
}

static void
ChooseRangeType(Scd2 *scd)
{
	const Pipeline *p = scd->shape->pipeline;
	Oid			type = TIMESTAMPTZOID;

	if (scd->time != NULL)
		type = get_atttype(p->source, get_attnum(p->source, linitial(p->sequence_by)));
	switch (type)
	{
		case DATEOID:
			scd->range = "daterange";
			scd->multirange = "datemultirange";
			break;
		case TIMESTAMPOID:
			scd->range = "tsrange";
			scd->multirange = "tsmultirange";
			break;
		default:
			scd->range = "tstzrange";
			scd->multirange = "tstzmultirange";
	}
}

Scd2 *
Scd2Of(const MergeShape *shape)
{
	Scd2	   *scd = palloc0(sizeof(Scd2));

	scd->shape = shape;
	if (shape->sequence != NIL)
		scd->time = linitial(shape->sequence);
	scd->time_type = scd->time ? scd->time->type : "timestamp with time zone";
	scd->marks = strcmp(shape->pipeline->deletes, "mark") == 0;
	scd->first_is_infinite = strcmp(shape->pipeline->first_valid_from, "-infinity") == 0;
	scd->ignores = strcmp(shape->pipeline->deletes, "ignore") == 0;
	ChooseRangeType(scd);
	ChooseAttributes(scd);
	if (OidIsValid(shape->pipeline->target))
	{
		if (scd->time != NULL)
			scd->observed = Companion(shape->pipeline->target, "observed");
		scd->restated = Companion(shape->pipeline->target, "restated");
	}
	return scd;
}

char *
Scd2Definitions(List *columns, bool not_null)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, columns)
	{
		MergeColumn *column = lfirst(lc);

		appendStringInfo(&sql, "%s %s%s, ", column->name, column->type,
						 not_null ? " NOT NULL" : "");
	}
	return sql.data;
}
