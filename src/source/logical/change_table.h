/*
 * change_table.h
 *	  A table that is read from a stream of changes.
 */
#ifndef ELT_SOURCE_LOGICAL_CHANGE_TABLE_H
#define ELT_SOURCE_LOGICAL_CHANGE_TABLE_H

#include "postgres.h"
#include "decode/json_reader.h"
#include "decode/row_batch.h"
#include "source/definition.h"
#include "source/logical/logical_source.h"
#include "source/logical/pgoutput.h"
#include "source/row_fields.h"

typedef struct ChangeTable
{
	const SourceDefinition *def;
	const LogicalSource *source;
	struct TextRows *texts;
	JsonReader *json;			/* for rejects */
	RowBatch   *rows;			/* where its rows go; NULL: nowhere */
	int64		records;
	struct KeptValues *kept;
	struct TruncatedRows *truncated;	/* that are being deleted, or NULL */
	RowFields	fields;			/* of the batch */
	const struct RelationUse *fields_of;	/* where they are from */
	MemoryContext cxt;
} ChangeTable;

/* One under the columns that a relation has. */
typedef struct RelationUse
{
	ChangeTable *table;
	int			columns;		/* of the relation */
	int		   *column_of;		/* relation's column of each of the table's changes, or -1 */
	List	   *unread;			/* UnreadField *, its columns that none of them takes */
	List	   *missing;		/* char *, those that it lacks */
} RelationUse;

/* Where a change is. */
typedef struct ChangePlace
{
	OutputBegin transaction;
	int64		position;		/* in it */
} ChangePlace;

/* In the current memory context. */
extern ChangeTable *ChangeTableCreate(const SourceDefinition *def);

/* Is the relation that table? */
extern bool ChangeTableIs(const ChangeTable *table, const OutputRelation *relation);
/*
 * In the current context. unread are columns (UnreadField *) beside the relation's. Raise an error when
 * the relation lacks a column that it must have.
 */
extern RelationUse *ChangeTableUse(ChangeTable *table, const OutputRelation *relation, List *unread);

/*
 * A row with the values of tuple; key has those of the key that the row had before. False: its rows go
 * nowhere.
 */
extern bool ChangeTablePut(const RelationUse *use, const ChangePlace *place, OutputTuple *tuple,
						   const OutputTuple *key, const char *op);

/* Does an update move the row to another key of the pipeline? */
extern bool ChangeMovesRow(const RelationUse *use, const OutputTuple *before,
						   const OutputTuple *after);

#endif
