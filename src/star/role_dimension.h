/*
 * role_dimension.h
 *	  Roles that a dimension plays: views of it with keys of their own names.
 */
#ifndef ELT_STAR_ROLE_DIMENSION_H
#define ELT_STAR_ROLE_DIMENSION_H

#include "postgres.h"
#include "star/dimension.h"

/* Put the view of a role: the columns of its base, with the keys named by the role. */
extern void RoleDimensionPutView(const Dimension *d, const Dimension *base);

#endif
