/*
 * line_column.h
 *	  The column for the line number of a record.
 */
#ifndef ELT_DECODE_LINE_COLUMN_H
#define ELT_DECODE_LINE_COLUMN_H

#include "postgres.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"

/* Raise an error unless its type is valid. */
static inline void
LineColumnCheck(Form_pg_attribute att)
{
	if (att->atttypid == INT8OID || att->atttypid == INT4OID)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" with lineage \"line\" cannot have type %s",
					NameStr(att->attname), format_type_be(att->atttypid)),
			 errhint("Declare the column as bigint.")));
}

static inline Datum
LineDatum(Oid type, int64 line)
{
	return type == INT8OID ? Int64GetDatum(line) : Int32GetDatum((int32) line);
}

#endif
