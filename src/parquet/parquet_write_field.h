/*
 * parquet_write_field.h
 *	  The schema of a Parquet file that is written, as a tree of fields.
 */
#ifndef ELT_PARQUET_PARQUET_WRITE_FIELD_H
#define ELT_PARQUET_PARQUET_WRITE_FIELD_H

#include "postgres.h"
#include "parquet/parquet_format.h"

typedef struct WrittenField
{
	const char *name;
	ParquetRepetition repetition;
	ParquetConverted converted;
	ParquetLogical logical;

	/* of a group */
	int			nchildren;
	struct WrittenField **children;

	/* of a leaf */
	ParquetType type;
	int			length;			/* of a FIXED_LEN_BYTE_ARRAY */
	int			precision;		/* of a decimal */
	int			scale;
	int			bits;			/* of an integer */
	bool		is_utc;			/* of a time */
} WrittenField;

#endif
