/*
 * dimension.h
 *	  Dimensions that pg_elt creates: a view that is queried, over a table with the members.
 *
 * Both belong to whoever created the dimension. Three members have fixed keys, so that a fact
 * always has one: -1 unknown, -2 missing, -3 invalid.
 */
#ifndef ELT_STAR_DIMENSION_H
#define ELT_STAR_DIMENSION_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "utils/timestamp.h"

/* A column of a generated table or view. */
typedef struct DimensionColumn
{
	const char *name;
	const char *type;			/* and NOT NULL; of the table only */
	const char *value;			/* expression */
	const char *comment;
	bool		named;			/* the fixed members have their name here, elsewhere null */
} DimensionColumn;

typedef struct Dimension
{
	const char *kind;			/* date or time */
	char	   *schema;
	char	   *name;
	char	   *view;			/* schema-qualified and quoted */
	char	   *table;
	int			fiscal_start_month; /* of dates; 0: none */
	char	   *calendar;		/* or NULL */
	char	   *locale;
	Interval   *step;			/* of times, or NULL */
	Oid			role;			/* whose privileges apply */
} Dimension;

/* One to be created, by the name that the user gives; the table has this suffix. */
extern Dimension *DimensionNew(const char *kind, const char *name, const char *suffix);
/* One that was created, or NULL. */
extern Dimension *DimensionOf(Oid relation);
extern void DimensionCheckMayChange(const Dimension *d);

/* CREATE TABLE with its fixed members, CREATE VIEW with further columns, and comments on all. */
extern void DimensionCreate(const Dimension *d, const DimensionColumn *columns, int ncolumns,
							const DimensionColumn *more, int nmore, const char *grain);
/* "INSERT INTO table AS t SELECT" the values of all columns, up to the FROM that they need. */
extern void DimensionAppendInsert(StringInfo sql, const Dimension *d,
								  const DimensionColumn *columns, int ncolumns);
/* The first column is the key of the filled table, and the second is unique. */
extern void DimensionAddKeys(const Dimension *d, const DimensionColumn *columns);
/* Register it in elt.dimensions; returns the view. */
extern Oid	DimensionRegister(const Dimension *d);

#endif
