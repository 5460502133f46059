/*
 * star_name.h
 *	  Names of the views and tables of a star schema, which pg_elt creates.
 */
#ifndef ELT_STAR_STAR_NAME_H
#define ELT_STAR_STAR_NAME_H

#include "postgres.h"
#include "nodes/pg_list.h"

typedef struct StarName
{
	char	   *schema;
	char	   *name;
} StarName;

/*
 * What a name stands for, as what ("dimension", "fact"); it lies in no temporary schema and in none
 * of ours. Without a schema it is in the one where the caller's tables are created.
 */
extern StarName *StarNameOf(const char *what, const char *name);
/* The parts of a name as in SQL (String *); NIL if it is not a valid name. */
extern List *StarNameParts(const char *name);
/*
 * Error when it, or a relation with one of these suffixes behind it (char *), already exists; with
 * can_replace the hint tells of replace, which the caller's function has and was not given.
 */
extern void StarNameCheckNew(const StarName *name, const char *what, const char *const *suffixes,
							 int n, bool can_replace);
/* The same for one relation beside it, with this suffix. */
extern void StarNameCheckNewRelation(const StarName *name, const char *what, const char *suffix);
/* Schema-qualified and quoted, with a suffix. */
extern char *StarRelation(const StarName *name, const char *suffix);
/* What the key of a dimension is named by: dim_customer has customer_key. */
extern char *StarKeyName(const char *dimension, const char *suffix);

#endif
