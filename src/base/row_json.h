/*
 * row_json.h
 *	  A typed row as JSON text, for quarantine and previews.
 */
#ifndef ELT_BASE_ROW_JSON_H
#define ELT_BASE_ROW_JSON_H

#include "postgres.h"
#include "access/tupdesc.h"

/* palloc'd; values and isnull have one entry per attribute of desc. */
extern char *RowAsJson(TupleDesc desc, Datum *values, bool *isnull);

#endif
