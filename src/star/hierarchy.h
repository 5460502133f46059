/*
 * hierarchy.h
 *	  Hierarchies of a dimension: attributes from the finest level to the coarsest.
 */
#ifndef ELT_STAR_HIERARCHY_H
#define ELT_STAR_HIERARCHY_H

#include "postgres.h"
#include "star/dimension.h"

/* Error unless each is a name and an array of at least two columns of the dimension. */
extern void HierarchiesCheck(const Dimension *d);

/* A level, and the one above it. */
typedef struct HierarchyStep
{
	char	   *hierarchy;
	char	   *child;
	char	   *parent;
} HierarchyStep;

extern List *HierarchySteps(const Dimension *d);
/* A SELECT of how many values of the child have more than one parent. */
extern char *HierarchyFaults(const Dimension *d, const HierarchyStep *step);

#endif
