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
#include "base/sql.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "star/fixed_member.h"
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
	const char *kind;			/* date, time or source; of a role: that of its base */
	Oid			relation;
	Oid			base;			/* the dimension whose members a role has; else itself */
	bool		is_role;
	char	   *schema;
	char	   *name;
	char	   *view;			/* schema-qualified and quoted */
	char	   *table;
	char	   *key;			/* column of the view */
	char	   *stored_key;		/* column of the table */
	Oid			role;			/* whose privileges apply */

	int			fiscal_start_month; /* of dates; 0: none */
	char	   *calendar;		/* or NULL */
	char	   *locale;
	Interval   *step;			/* of times, or NULL */

	/* of kind source */
	char	   *newest;			/* view with the newest version of each member */
	char	   *newest_name;	/* of that view, without schema and quotes */
	Oid			source;			/* with the attributes, or InvalidOid */
	Oid			derived_from;	/* whose distinct values are members, or InvalidOid */
	int			type;			/* 1, 2 or 6 */
	char	   *durable;		/* column of a history, the same for all versions of a member */
	char	   *stored_durable;
	List	   *natural_key;	/* char *, of the source */
	List	   *attributes;
	char	   *valid_from;		/* of the source of a history */
	char	   *valid_to;
	char	   *valid_when;		/* condition on the natural key, or NULL */
	char	   *hierarchies;	/* jsonb, or NULL */
	Oid			members;		/* the table; InvalidOid until it exists */
} Dimension;

/* One to be created, by the name that the user gives; the table has this suffix. */
extern Dimension *DimensionNew(const char *kind, const char *name, const char *suffix);
/* One that was created, or NULL. */
extern Dimension *DimensionOf(Oid relation);
/* The same, or an error. */
extern Dimension *DimensionNamed(Oid relation);
extern List *DimensionsAll(void);	/* Dimension * */
/* Those whose OID a query finds (Dimension *); one that another session drops meanwhile is left out. */
extern List *DimensionsFound(Sql *q);
/* The roles that a dimension plays under other names (Dimension *). */
extern List *DimensionRoles(Oid base);
extern void DimensionCheckMayChange(const Dimension *d);

/* CREATE TABLE with its fixed members, CREATE VIEW with further columns, and comments on all. */
extern void DimensionCreate(const Dimension *d, const DimensionColumn *columns, int ncolumns,
							const DimensionColumn *more, int nmore, const char *grain);
/* "INSERT INTO table AS t SELECT" the values of all columns, up to the FROM that they need. */
extern void DimensionAppendInsert(StringInfo sql, const Dimension *d,
								  const DimensionColumn *columns, int ncolumns);
/* The first column is the key of the filled table, and the second is unique. */
extern void DimensionAddKeys(const Dimension *d, const DimensionColumn *columns);
/* Register it in elt.dimensions, or change what is there; returns the view. */
extern Oid	DimensionRegister(const Dimension *d);

#endif
