/*
 * attribute_drop.h
 *	  Drop attributes of a dimension.
 */
#ifndef ELT_STAR_ATTRIBUTE_DROP_H
#define ELT_STAR_ATTRIBUTE_DROP_H

#include "postgres.h"
#include "star/dimension.h"

/*
 * Drop attributes of old that its new definition does not have, from its table and from all views that pg_elt
 * created; other views are created again as they were. An object of a user that shows such an attribute or
 * groups by it is an error, or is dropped with cascade. Sets the relation of both to the view, which is new.
 */
extern void DimensionDropAttributes(Dimension *d, Dimension *old, bool cascade);

#endif
