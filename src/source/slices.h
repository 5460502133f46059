/*
 * slices.h
 *	  Slices: combinations of params and windows, the units of requests to a source.
 */
#ifndef ELT_SOURCE_SLICES_H
#define ELT_SOURCE_SLICES_H

#include "postgres.h"
#include "source/definition.h"

typedef struct Window
{
	TimestampTz start;
	TimestampTz end;			/* first instant not wanted */
} Window;

/*
 * Every combination of {"param": value or [values]} as the text of a JSON object (char *), as
 * jsonb prints it, without repeats; {} alone for a source without params. Raises an error when a
 * param is missing, empty or unknown, or a value is invalid for its column.
 */
extern List *SourceParams(const SourceDefinition *def, const char *params_json);

/* Raise an error unless params_json names params of the source only. */
extern void SourceCheckParamNames(const SourceDefinition *def, const char *params_json);

/*
 * Per param of the source, in order, the values (List of ParamValue *) that params_json gives;
 * NIL for those that are given otherwise (char *), which must be params of the source too.
 */
extern List *SourceParamChoices(const SourceDefinition *def, const char *params_json,
								List *given);

/* Can the source list its combinations, as file sources do? */
extern bool SourceListsCombinations(const SourceDefinition *def);

/*
 * The combinations, in the same form, of the values (List of ParamValue *) that choices holds for
 * each of names: the source's params, and after them labels.
 */
extern List *SourceCombinations(const SourceDefinition *def, List *names, List *choices);

/* Raise an error unless each value (ParamValue *) is valid for the columns of the param. */
extern void SourceCheckValues(const SourceDefinition *def, const char *name, List *values);

/*
 * The windows (Window *) that cover [from, to), on the grid of the source's window in its time
 * zone: months from January of year 1, days from a Monday (so 7 days are ISO weeks), shorter
 * steps from local midnight, the last one of a day ending with the day. A source without
 * windows: NIL. Both bounds must be finite.
 */
extern List *SourceWindows(const SourceDefinition *def, TimestampTz from, TimestampTz to);

/*
 * A bound of a window as text of a column's type: times without a zone are those of the window's
 * zone; a column of another type has the request's text.
 */
extern char *SourceWindowText(const SourceDefinition *def, Oid type, TimestampTz instant);

/* Start of the window that ts lies in. */
extern TimestampTz SourceWindowFloor(const SourceDefinition *def, TimestampTz ts);

/* Describe a slice in messages: {"country": "de"}, 2024-01-01 .. 2024-01-02. */
extern char *SliceText(const SourceDefinition *def, const Slice *slice);

#endif
