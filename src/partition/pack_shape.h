/*
 * pack_shape.h
 *	  The rows of a partition as arrays: a row for some thousand rows of one key.
 *
 * The columns of a packed table are found by name. Those of the key have the names and types that they
 * have in the rows, each other column is an array, and the time is told by the columns named here: rows
 * that follow each other in one step have none of their own.
 */
#ifndef ELT_PARTITION_PACK_SHAPE_H
#define ELT_PARTITION_PACK_SHAPE_H

#include "postgres.h"
#include "nodes/pg_list.h"

#define PACKED_SERVER "elt_packed"
/* Option of a column that packed rows do not have, since it was added afterwards. */
#define PACKED_MISSING "missing"
/* In one array: more take less space, and longer to find one. */
#define PACKED_ROWS 1024

#define PACKED_FIRST "elt_first"	/* the first and the last time */
#define PACKED_LAST "elt_last"
#define PACKED_COUNT "elt_rows"
#define PACKED_STEP "elt_step"	/* microseconds, days or numbers; or null */
#define PACKED_TIMES "elt_times"	/* all times, where there is no step */

/* What the rows of a table would be packed by. */
typedef struct PackedShape
{
	char	   *time;			/* column */
	Oid			time_type;
	List	   *keys;			/* char * */
	List	   *measures;		/* char * */
} PackedShape;

/* NULL when they cannot be packed, and why. */
extern PackedShape *PackedShapeOf(Oid relid, const char *time, char **why);
/* The same, or an error. */
extern PackedShape *PackedShapeRequired(Oid relid, const char *time);
/* Can it be the type of the time? */
extern bool PackedTimeType(Oid type);

#endif
