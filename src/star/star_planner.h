/*
 * star_planner.h
 *	  Look for joins of facts with dimensions in every query that is planned.
 */
#ifndef ELT_STAR_STAR_PLANNER_H
#define ELT_STAR_STAR_PLANNER_H

extern void StarPlannerInit(void);

#endif
