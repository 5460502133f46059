/*
 * row_json.c
 *	  Format a typed row as JSON, for quarantine and previews.
 */
#include "base/compat.h"
#include "base/row_json.h"

#include "access/htup_details.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

char *
RowAsJson(TupleDesc desc, Datum *values, bool *isnull)
{
	HeapTuple	tuple = heap_form_tuple(BlessTupleDesc(desc), values, isnull);
	Datum		composite = heap_copy_tuple_as_datum(tuple, desc);

	return TextDatumGetCString(DirectFunctionCall1(row_to_json, composite));
}
