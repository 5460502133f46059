/*
 * scd2_shape.h
 *	  Describe a merge into a history: its time, its attributes, its tables.
 */
#ifndef ELT_MERGE_SCD2_SHAPE_H
#define ELT_MERGE_SCD2_SHAPE_H

#include "postgres.h"
#include "merge/shape.h"

typedef struct Scd2
{
	const MergeShape *shape;
	MergeColumn *time;			/* first of sequence_by: when a row became true; NULL: when it came */
	const char *time_type;
	const char *range;			/* range constructor of its type, as "tstzrange" */
	const char *multirange;
	List	   *attributes;		/* MergeColumn *, neither key nor sequence */
	List	   *tracked;		/* those of attributes of which a change is a new version */
	List	   *untracked;
	bool		marks;			/* a delete opens a version that is flagged as deleted */
	bool		ignores;		/* deletes are dropped */
	bool		first_is_infinite;	/* the first version covers all time before it too */
	char	   *observed;		/* qualified and quoted; NULL: without events there is no log */
	char	   *restated;
} Scd2;

extern Scd2 *Scd2Of(const MergeShape *shape);

/* "a text, b int, " of columns; not_null adds NOT NULL. */
extern char *Scd2Definitions(List *columns, bool not_null);

#endif
