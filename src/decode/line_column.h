/*
 * line_column.h
 *	  The columns for the line number of a record and for its position in a list.
 */
#ifndef ELT_DECODE_LINE_COLUMN_H
#define ELT_DECODE_LINE_COLUMN_H

#include "postgres.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"

/* Raise an error unless the type of a column with this lineage is valid. */
static inline void
CountingColumnCheck(Form_pg_attribute att, const char *lineage)
{
	if (att->atttypid == INT8OID || att->atttypid == INT4OID)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" with lineage \"%s\" cannot have type %s",
					NameStr(att->attname), lineage, format_type_be(att->atttypid)),
			 errhint("Declare the column as bigint.")));
}

static inline void
LineColumnCheck(Form_pg_attribute att)
{
	CountingColumnCheck(att, "line");
}

static inline void
IndexColumnCheck(Form_pg_attribute att)
{
	CountingColumnCheck(att, "index");
}

static inline Datum
LineDatum(Oid type, int64 line)
{
	return type == INT8OID ? Int64GetDatum(line) : Int32GetDatum((int32) line);
}

#endif
