/*
 * type_equality.h
 *	  How statements compare two values of a type.
 */
#ifndef ELT_BASE_TYPE_EQUALITY_H
#define ELT_BASE_TYPE_EQUALITY_H

#include "postgres.h"

/*
 * The operator, for a search_path of pg_catalog: that of anybody else's type is qualified. A type
 * that has none is an error.
 */
extern const char *EqualityOperator(Oid type);

/* Does "=" of a type mean the same value: is it built in, and its collation deterministic? */
extern bool EqualityIsExact(Oid type, Oid collation);

/*
 * "" or a cast. Equality that is missing, or that may call two different values equal (types of
 * extensions, collations without case), would hide a change: such values are compared as text.
 */
extern const char *ComparisonCast(Oid type, Oid collation);

#endif
