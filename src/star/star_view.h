/*
 * star_view.h
 *	  Create a view of a star schema, or change the one that is there.
 */
#ifndef ELT_STAR_STAR_VIEW_H
#define ELT_STAR_STAR_VIEW_H

#include "postgres.h"

/*
 * Create the view of a SELECT as role. One that exists is replaced, so that what depends on it
 * stays; where its columns do not allow that, it is dropped and created with the same grants.
 */
extern void StarViewPut(const char *schema, const char *name, const char *select, Oid role);

#endif
