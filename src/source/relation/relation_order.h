/*
 * relation_order.h
 *	  The order in which rows of a relation are read, and conditions on places in it.
 */
#ifndef ELT_SOURCE_RELATION_RELATION_ORDER_H
#define ELT_SOURCE_RELATION_RELATION_ORDER_H

#include "postgres.h"
#include "base/sql.h"
#include "executor/tuptable.h"
#include "source/relation/relation_source.h"

/* Determine the order from the cursor column and the key. */
extern void RelationOrderSet(SourceDefinition *def, List *key);

/* A place in the order from one of its columns on: a value for each of them, none is null. */
typedef struct OrderPlace
{
	int			first;			/* of the order's columns */
	Datum	   *values;			/* norder - first */
} OrderPlace;

/* "t.a, t.b" of the columns from the first on. */
extern char *OrderColumns(const RelationSource *relation, int first);

/* Append conditions on rows t: behind the place, up to it, or at it. */
extern void AppendBehind(StringInfo where, Sql *q, const RelationSource *relation,
						 const OrderPlace *place);
extern void AppendUpTo(StringInfo where, Sql *q, const RelationSource *relation,
					   const OrderPlace *place);
extern void AppendAt(StringInfo where, Sql *q, const RelationSource *relation,
					 const OrderPlace *place);

/* Copy values of the columns from the first on into the current context. */
extern OrderPlace *OrderPlaceCopy(const RelationSource *relation, int first, Datum *values);

/* Have these places of one phase the same values? */
extern bool OrderPlacesEqual(const RelationSource *relation, const OrderPlace *a,
							 const OrderPlace *b);

/* {"a": 1, "b": "x"} */
extern char *OrderPlaceAsJson(const RelationSource *relation, const SourceDefinition *def,
							  const OrderPlace *place);

#endif
