/*
 * attribute_drop.h
 *	  Take attributes away from a dimension.
 */
#ifndef ELT_STAR_ATTRIBUTE_DROP_H
#define ELT_STAR_ATTRIBUTE_DROP_H

#include "postgres.h"
#include "star/dimension.h"

/*
 * Drop attributes of old that its new definition does not have, from its table and from all views that pg_elt
 * created; other views are created again as they were. What shows or groups by such an attribute is an
 * error, or is dropped with cascade. Both have the view that there is then.
 */
extern void DimensionDropAttributes(Dimension *d, Dimension *old, bool cascade);

#endif
