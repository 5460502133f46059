/*
 * scd2_target.h
 *	  The tables of a dimension that keeps its history.
 *
 *		<target>			versions: surrogate key, attributes, valid_from, valid_to, is_current
 *		<target>_observed	every accepted row: what the history is made of
 *		<target>_restated	spans of published history whose surrogate key is now another one
 */
#ifndef ELT_MERGE_SCD2_TARGET_H
#define ELT_MERGE_SCD2_TARGET_H

#include "postgres.h"
#include "merge/shape.h"

typedef struct Scd2
{
	const MergeShape *shape;
	MergeColumn *time;			/* first of sequence_by: when a row became true */
	const char *range;			/* range constructor of its type, as "tstzrange" */
	const char *multirange;
	List	   *attributes;		/* MergeColumn *, neither key nor sequence */
	List	   *tracked;		/* those of attributes of which a change is a new version */
	List	   *untracked;
	bool		marks;			/* a delete opens a version that is flagged as deleted */
	bool		ignores;		/* deletes are dropped */
	bool		first_is_infinite;	/* the first version covers all time before it too */
	char	   *observed;		/* qualified and quoted */
	char	   *restated;
} Scd2;

/* Error unless the options of scd2 fit its strategy, its source and each other. */
extern void Scd2CheckOptions(const Pipeline *p);

/* The same after late_horizon was altered, and the index that it needs. */
extern void Scd2HorizonChanged(const Pipeline *p);

/* Find or create the three tables as the pipeline's owner; p need not be in the catalogue. */
extern Oid	Scd2TargetEnsure(const char *target_name, const Pipeline *p);

/* Error when one of the three tables lacks a column that a merge writes. */
extern void Scd2TargetCheck(const MergeShape *shape);

extern Scd2 *Scd2Of(const MergeShape *shape);

/* "a text, b int, " of columns; not_null adds NOT NULL. */
extern char *Scd2Definitions(List *columns, bool not_null);

#endif
