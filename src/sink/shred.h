/*
 * shred.h
 *	  Rows of PostgreSQL as columns of a Parquet file.
 */
#ifndef ELT_SINK_SHRED_H
#define ELT_SINK_SHRED_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "fmgr.h"
#include "parquet/parquet_write.h"
#include "parquet/parquet_write_field.h"

struct ShredNode;
struct Shredder;

/*
 * Add a value whose parent is there, at this repetition level; def is the definition level of one
 * that is not null. False, with nothing added, when Parquet has no such value.
 */
typedef bool (*ShredPut) (struct ShredNode *node, Datum value, int rep, int def);

/* A column, an element of an array or a field of a composite value. */
typedef struct ShredNode
{
	struct Shredder *shredder;
	const char *label;			/* for messages: "column", "column.field" */
	Oid			type;			/* base type */
	int32		typmod;
	WrittenField *field;
	ShredPut	put;
	const char *problem;		/* why values may have no place in Parquet, for a detail */
	int64		nulled;			/* values that were written as null for it */
	int			first_leaf;
	int			nleaves;
	ColumnWriter **leaves;		/* its first; set when a file begins */
	FmgrInfo	output;			/* of values that are written as their text */

	/* of an array */
	struct ShredNode *element;
	int			rep;			/* of elements but the first */
	int16		element_len;
	bool		element_byval;
	char		element_align;

	/* of a composite type */
	TupleDesc	desc;
	int			nmembers;
	struct ShredNode **members;
	int		   *attributes;		/* their numbers in desc, from 0 */
} ShredNode;

/* The columns of rows, as nodes and as the schema of a file; is_lenient: see RowFileOptions. */
typedef struct Shredder
{
	WrittenField *root;
	int			ncolumns;
	ShredNode **columns;
	int			nleaves;
	bool		is_lenient;
} Shredder;

extern Shredder *ShredderFor(TupleDesc desc, bool is_lenient);
extern void ShredderSetFile(Shredder *shredder, ParquetWriter *writer);
extern void ShredRow(Shredder *shredder, const Datum *values, const bool *nulls);
/* Warn of values that were written as null. */
extern void ShredderTellNulled(const Shredder *shredder);

/* Add a value that may be null; def is the definition level of its parent. */
extern void ShredValue(Shredder *shredder, ShredNode *node, Datum value, bool isnull, int rep,
					   int def);

/* Choose field type and function of a node whose type is no array and not composite. */
extern void ShredSetScalar(ShredNode *node, bool is_lenient);

#endif
