/*
 * parquet_private.h
 *	  The state of a Parquet decoder, shared by the files that implement it.
 */
#ifndef ELT_DECODE_PARQUET_PRIVATE_H
#define ELT_DECODE_PARQUET_PRIVATE_H

#include "postgres.h"
#include "decode/batch_private.h"
#include "decode/parquet_decoder.h"
#include "lib/stringinfo.h"
#include "parquet/parquet_read_column.h"
#include "parquet/parquet_read_footer.h"
#include "parquet/parquet_read_index.h"

typedef enum ParquetFieldKind
{
	PARQUET_FIELD_VALUE,
	PARQUET_FIELD_PARAM,
	PARQUET_FIELD_LINE			/* the number of the row */
} ParquetFieldKind;

/* How values of a leaf become those of a column. */
typedef enum ParquetCell
{
	PARQUET_CELL_TEXT,			/* by their text */
	PARQUET_CELL_STRING,		/* they are text */
	PARQUET_CELL_BOOL,
	PARQUET_CELL_INTEGER,		/* to an integer of any size */
	PARQUET_CELL_INT4,			/* to the same type */
	PARQUET_CELL_INT8,
	PARQUET_CELL_FLOAT4,
	PARQUET_CELL_FLOAT8,
	PARQUET_CELL_DOUBLE,		/* to the same type */
	PARQUET_CELL_WHOLE_NUMERIC,
	PARQUET_CELL_DECIMAL,		/* to numeric */
	PARQUET_CELL_DATE,
	PARQUET_CELL_TIME,
	PARQUET_CELL_INSTANT,		/* to timestamptz, or the local time */
	PARQUET_CELL_LOCAL_TIME,	/* to timestamp */
	PARQUET_CELL_INT96,
	PARQUET_CELL_INTERVAL,
	PARQUET_CELL_UUID,
	PARQUET_CELL_BYTEA
} ParquetCell;

/* Values of a dictionary as those of the column. */
typedef struct ParquetCache
{
	uint64		serial;			/* of the dictionary; 0: none */
	int			room;
	uint8	   *state;			/* CellState, by value */
	Datum	   *values;
} ParquetCache;

/* Rows of a row group, from the first to before the end. */
typedef struct ParquetRange
{
	int64		start;
	int64		end;
} ParquetRange;

/* A column of the table. */
typedef struct ParquetField
{
	ParquetFieldKind kind;
	Converter	converter;
	Converter  *containers;		/* of values that have parts, or NULL */
	const char *name;			/* path in the file */
	bool		optional;
	bool		is_unread;		/* nobody wants its value */
	const char *constant;		/* of a param */

	/* the param of the page */
	Datum		value;
	bool		isnull;

	/* the values of the page */
	const ParquetNode *node;
	ParquetCell cell;
	ParquetReader *column;		/* of a leaf that is in no list */
	struct ParquetNested *nested;	/* of another node */
	ParquetCache cache;
} ParquetField;

/* A value that becomes one of its column by its text. */
typedef struct SlowCell
{
	int			field;
	int			value;			/* its number in the vector */
	int			next;			/* of the same row; -1: none */
} SlowCell;

struct ParquetDecoder
{
	size_t		record_memory;
	int			nfields;
	ParquetField *fields;
	bool		checks_null;	/* some column's type may refuse null */
	MemoryContext page_cxt;
	RowBatch   *keeper;			/* whose memory has values of dictionaries */

	List	   *bounds;			/* DecodeBound *, of the rows that are wanted */
	bool		(*take) (void *arg);	/* is the next row group wanted? NULL: all are */
	void	   *taker;

	/* the page */
	ByteSource *source;
	ParquetFile file;
	ParquetFooter *footer;		/* NULL: not read yet */
	bool		ended;
	int64		records;		/* rows so far, those that were passed over too */
	int64		rows_told;		/* by the row groups so far */

	/* the row group */
	int			nleaves;
	int		   *leaves;			/* that are read, rising */
	ParquetChunk *chunks;		/* of those */
	int64		group_left;		/* rows */
	int64		group_rows;
	int			nranges;		/* of rows that may be wanted, where pages are passed over; 0: all are */
	int			range;			/* the one at hand */
	ParquetRange *ranges;
	ParquetPageIndex **indexes; /* of leaves; with ranges, and NULL where there is none */

	/* the vector */
	RowBatch   *batch;
	int			n;				/* rows */
	int			base;			/* the first row of the batch */
	int			slow[PARQUET_VECTOR];	/* first SlowCell of a row; -1: none */
	int			nslow;
	int			slow_room;
	SlowCell   *slow_cells;
	StringInfoData text;
};

/* Where a leaf that is read stands among those. In parquet_decoder.c. */
extern int	ParquetSlotOf(const ParquetDecoder *d, const ParquetNode *leaf);

/* How values of the leaf become those of the column. In parquet_fit.c. */
extern ParquetCell ParquetCellOf(const ParquetNode *leaf, const Converter *c);

/* ---- parquet_cell.c ---- */

/* One of them; false: its text decides. */
extern bool ParquetCellDatum(const ParquetField *f, RowBatch *batch, const ParquetArray *array, int i,
							 Datum *value);
/* Put the vector of a column into the batch. */
extern void ParquetPutVector(ParquetDecoder *d, int field);
extern void ParquetAddSlow(ParquetDecoder *d, int field, int row, int value);

/* The number of a row's value in the vector; -1: null. */
extern int	ParquetValueOfRow(const ParquetReader *column, int row);

/* Single values, for their texts. */
extern double ParquetFloatAt(const ParquetNode *leaf, const ParquetArray *array, int i);
extern float4 ParquetHalf(const char *bytes);
/* Days since 1970 and nanoseconds; false: there are more of them than a day has. */
extern bool ParquetInt96(const char *bytes, int64 *days, int64 *nanos);
/* Months, days and milliseconds. */
extern void ParquetIntervalAt(const ParquetArray *array, int i, uint32 parts[3]);

/* Is it text, in UTF-8 and without a null byte? */
extern bool ParquetIsText(const char *s, size_t len);

/* ---- parquet_text.c ---- */

/* Append a value as text. */
extern void ParquetAppendText(StringInfo out, const ParquetNode *leaf, const ParquetArray *array, int i);
/* The same as JSON. plain: bytes are text. */
extern void ParquetAppendJson(StringInfo out, const ParquetNode *leaf, const ParquetArray *array, int i,
							  bool plain);
extern void ParquetAppendString(StringInfo out, const char *s, size_t len);

/* ---- parquet_nested.c ---- */

/*
 * type: of the value that a Container, which takes texts, makes of the JSON; InvalidOid: the JSON is the
 * value.
 */
extern struct ParquetNested *ParquetNestedCreate(const ParquetNode *node, size_t memory, Oid type);
extern void ParquetNestedOpen(struct ParquetNested *nested, const ParquetFile *file, const int *leaves,
							  int nleaves, const ParquetChunk *chunks);
/* Are some strings of its JSON texts of JSON, which only a Container that takes texts knows? */
extern bool ParquetNestedHasTexts(const struct ParquetNested *nested);
/* Begin with a vector. */
extern void ParquetNestedReset(struct ParquetNested *nested);
/* Append the next row to it; returns the bytes that it has. */
extern size_t ParquetNestedNext(struct ParquetNested *nested);
/* Pass over rows; those up to the one that begins a page of each leaf are not read. */
extern void ParquetNestedPass(struct ParquetNested *nested, int64 row, int64 n, const int *leaves,
							  int nleaves, ParquetPageIndex *const *indexes);
/* The JSON of a row of the vector; NULL: null. */
extern const char *ParquetNestedText(const struct ParquetNested *nested, int row, size_t *len);

/* ---- parquet_bounds.c ---- */

extern const ParquetField *ParquetFieldOf(const ParquetDecoder *d, AttrNumber attnum);

/* Can no row be wanted of which this is said? It is said of a leaf that the field takes. */
extern bool ParquetIsOutside(ParquetDecoder *d, const ParquetField *f, const DecodeBound *bound,
							 const ParquetBounds *said, int64 nrows);
/* Does what the chunks of the row group say tell that none of its rows is wanted? */
extern bool ParquetGroupIsOutside(ParquetDecoder *d, int64 nrows);

/* ---- parquet_ranges.c ---- */

/* Find the ranges of a row group that is being opened; false: no row is wanted. */
extern bool ParquetFindRanges(ParquetDecoder *d);
/*
 * Go on to the next row that may be wanted, of which there are as many as returned in a row; 0: there are no
 * more.
 */
extern int64 ParquetNextRange(ParquetDecoder *d);

/* ---- parquet_row.c ---- */

/* The rows of the vector, which are behind those of the batch, are converted and counted. */
extern void ParquetFinishRows(ParquetDecoder *d);

#endif
