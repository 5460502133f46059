/*
 * parquet_field.h
 *	  The schema of a Parquet file that is written, as a tree of fields.
 */
#ifndef ELT_PARQUET_PARQUET_FIELD_H
#define ELT_PARQUET_PARQUET_FIELD_H

#include "postgres.h"
#include "parquet/parquet_format.h"

typedef struct ParquetField
{
	const char *name;
	ParquetRepetition repetition;
	ParquetConverted converted;
	ParquetLogical logical;

	/* of a group */
	int			nchildren;
	struct ParquetField **children;

	/* of a leaf */
	ParquetType type;
	int			length;			/* of a FIXED_LEN_BYTE_ARRAY */
	int			precision;		/* of a decimal */
	int			scale;
	int			bits;			/* of an integer */
	bool		is_utc;			/* of a time */
} ParquetField;

#endif
