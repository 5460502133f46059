/*
 * params.h
 *	  The values of a request's params, as JSON and as text.
 */
#ifndef ELT_SOURCE_PARAMS_H
#define ELT_SOURCE_PARAMS_H

#include "postgres.h"
#include "nodes/pg_list.h"

typedef struct ParamValue
{
	char	   *text;			/* as it stands in a request */
	char	   *json;			/* as it stands in a JSON object */
} ParamValue;

/* The values (ParamValue *) of one key: a scalar, or the elements of an array, once each. */
extern List *ParamValuesOf(const char *params_json, const char *name);

/* The text of one key of a slice's params; NULL: it has none. */
extern char *ParamText(const char *params_json, const char *name);

extern ParamValue *ParamFromText(char *text);

/* A value of an SQL type, as the source's params would hold it. */
extern ParamValue *ParamFromDatum(Datum value, Oid type);

/* The values without repeats, each where it came first. */
extern List *ParamUnique(List *values);

/* Every combination of values, one list (of ParamValue *) per name, as canonical JSON texts. */
extern List *ParamCombinations(List *names, List *values);

#endif
