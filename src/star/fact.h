/*
 * fact.h
 *	  Facts: rows of a source with the keys of their dimensions.
 *
 * A fact always has a key, since dimensions have fixed members for what cannot be found, so no join
 * with a dimension loses a row. Of a history it has the key of the version as of the event, and
 * the durable key of the member. Keys are looked up by the view, or stored in a table
 * and kept right as dimensions and facts change.
 */
#ifndef ELT_STAR_FACT_H
#define ELT_STAR_FACT_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "star/dimension.h"

/* A dimension that a fact refers to. */
typedef struct FactRole
{
	Dimension  *dimension;
	List	   *columns;		/* char *, of the source: the natural key, or the time */
} FactRole;

typedef struct FactMeasure
{
	char	   *name;
	char	   *additivity;		/* additive, semi-additive or non-additive */
	char	   *unit;			/* or NULL */
} FactMeasure;

typedef struct Fact
{
	Oid			relation;
	char	   *schema;
	char	   *name;
	char	   *view;			/* schema-qualified and quoted */
	char	   *as_of;			/* view with attributes */
	char	   *as_of_name;		/* of that view, without schema and quotes */
	char	   *table;			/* NULL: keys are not stored */
	char	   *kind;
	Oid			source;
	List	   *grain;			/* char * */
	List	   *degenerate;		/* char *, beside the grain */
	List	   *roles;			/* FactRole * */
	List	   *measures;		/* FactMeasure * */
	char	   *event_time;		/* as of which histories are read; NULL without one */
	char	   *day_zone;
	bool		infers;			/* members that facts name and dimensions lack */
	Oid			role;			/* whose privileges apply */
} Fact;

/* One that was created, or NULL. */
extern Fact *FactOf(Oid relation);
/* The same, also when a dimension was dropped by hand. */
extern Fact *FactWithoutRoles(Oid relation);
/* The same, or an error. */
extern Fact *FactNamed(Oid relation);
/* All facts (Fact *); those that read a relation; that refer to a dimension; that store its keys. */
extern List *FactsAll(void);
extern List *FactsFrom(Oid source);
extern List *FactsOfDimension(Oid dimension);
extern List *FactsStoring(Oid dimension);
extern bool FactsStoreKeysOf(Oid dimension);
extern void FactCheckMayChange(const Fact *fact);
/* Register it in elt.facts, in place of what is there; returns the view. */
extern Oid	FactRegister(const Fact *fact);
extern void FactForget(Oid relation);
/* Remember the view of attributes, which was created anew. */
extern void FactNoteAsOf(const Fact *fact);

#endif
