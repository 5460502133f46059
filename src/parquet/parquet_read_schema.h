/*
 * parquet_read_schema.h
 *	  The schema of a Parquet file that is read.
 */
#ifndef ELT_PARQUET_PARQUET_READ_SCHEMA_H
#define ELT_PARQUET_PARQUET_READ_SCHEMA_H

#include "postgres.h"
#include "parquet/parquet_format.h"
#include "parquet/thrift_read.h"

/* What the values of a leaf are, from its type and annotations. */
typedef enum ParquetMeaning
{
	PARQUET_MEANS_BOOL,
	PARQUET_MEANS_SIGNED,
	PARQUET_MEANS_UNSIGNED,
	PARQUET_MEANS_HALF,
	PARQUET_MEANS_FLOAT,
	PARQUET_MEANS_DOUBLE,
	PARQUET_MEANS_DECIMAL,
	PARQUET_MEANS_DATE,
	PARQUET_MEANS_TIME,
	PARQUET_MEANS_TIMESTAMP,
	PARQUET_MEANS_INT96,		/* a time of old writers */
	PARQUET_MEANS_INTERVAL,
	PARQUET_MEANS_TEXT,
	PARQUET_MEANS_JSON,
	PARQUET_MEANS_UUID,
	PARQUET_MEANS_BYTES,
	PARQUET_MEANS_NOTHING		/* all are null */
} ParquetMeaning;

/* How a group is to be seen. */
typedef enum ParquetShape
{
	PARQUET_STRUCT,
	PARQUET_LIST,
	PARQUET_MAP
} ParquetShape;

typedef struct ParquetNode
{
	char	   *name;			/* as in the file: UTF-8, one hopes */
	ParquetRepetition repetition;
	bool		is_group;
	struct ParquetNode *parent; /* NULL: the root */
	struct ParquetNode *first;	/* child of a group */
	struct ParquetNode *next;	/* child of its parent */
	int			nchildren;
	int			def_level;		/* of an entry that has a value here */
	int			rep_level;		/* of an entry that continues a list here */
	int			leaf;			/* number of the first leaf in it */
	int			nleaves;

	ParquetShape shape;			/* of a group */

	/* of a leaf */
	ParquetType type;
	int			width;			/* bytes of a value; 0: each has a length */
	ParquetMeaning meaning;
	int			precision;		/* of a decimal */
	int			scale;
	int			bits;			/* of an integer: 8 to 64 */
	ParquetTimeUnit unit;		/* of a time */
	bool		is_utc;			/* times are instants */
} ParquetNode;

typedef struct ParquetSchema
{
	ParquetNode *root;
	int			nleaves;
	ParquetNode **leaves;
} ParquetSchema;

/* The elements of a list of the footer, in the current memory context. */
extern void ParquetReadSchema(ThriftReader *reader, const ThriftField *field, ParquetSchema *schema);

/*
 * The node below the root that a path leads to: the name of a child, or names of groups and a child
 * with dots between them. NULL: there is none.
 */
extern const ParquetNode *ParquetFindNode(const ParquetSchema *schema, const char *path);

/* Its name in words for messages: "a.b". */
extern char *ParquetNodePath(const ParquetNode *node);

#endif
