/*
 * layout.h
 *	  The tables that a sample can be read as: where their records are, and their columns.
 */
#ifndef ELT_INFER_LAYOUT_H
#define ELT_INFER_LAYOUT_H

#include "postgres.h"
#include "infer/sample_shape.h"
#include "nodes/pg_list.h"

typedef struct InferredColumn
{
	char	   *name;
	const char *type;
	char	   *path;			/* NULL: that is the name */
	List	   *options;		/* char *, others than the path */
	char	   *doubt;			/* NULL: none */
	const ShapeNode *node;		/* NULL: its value is not of the sample */
	bool		zipped;			/* an array read beside others */
	bool		anchored;		/* from outside of the record */
	bool		is_key;
} InferredColumn;

typedef struct InferredTable
{
	const char *name;			/* of what its records are: orders, or orders_lines */
	char	   *pipeline;		/* that will load it */
	char	   *records;		/* option; NULL: by default */
	const ShapeNode *record;
	struct InferredTable *parent;	/* whose records contain these; NULL */
	List	   *columns;		/* InferredColumn * */
	List	   *names;			/* char *, of columns */
	List	   *left_out;		/* char *, why fields have no column */
	bool		has_zip;
	char	   *reason;
	char	   *key_doubt;
	List	   *key;			/* InferredColumn *; NIL: none was found */
} InferredTable;

/*
 * The tables (InferredTable *) of JSON: that with most records first, children behind their parents.
 * Children have no columns before InferKeys.
 */
extern List *LayoutOfJson(ShapeNode *root, const char *name, bool is_lines);
/* The table of records whose fields have names. */
extern InferredTable *LayoutOfRecords(ShapeNode *record, const char *name);

/* ---- layout_columns.c ---- */

extern InferredColumn *LayoutAddColumn(InferredTable *table, const char *name);
/* A column for each field of the records; arrays that are in the list (ShapeNode *) are zipped. */
extern void LayoutAddFields(InferredTable *table, List *zipped);
/* A scalar or a zipped array outside of the records. */
extern void LayoutAddOutside(InferredTable *table, const ShapeNode *node, bool zipped);
/* The path from the root to a node. */
extern char *LayoutPath(const ShapeNode *node);
/* Is it an array of objects, and thus a table of its own? */
extern bool LayoutIsList(const ShapeNode *node);

#endif
