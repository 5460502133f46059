/*
 * member_sync.h
 *	  Keep the members of a dimension as its source has them, and the keys of facts with them.
 *
 * A member keeps its surrogate key, and so does a version that still exists. What the source no
 * longer has is marked as deleted, so that facts of it stay where they are; a version that a history
 * has lost to others is deleted after its facts have moved.
 */
#ifndef ELT_STAR_MEMBER_SYNC_H
#define ELT_STAR_MEMBER_SYNC_H

#include "postgres.h"
#include "star/dimension.h"

/*
 * Take over members from the source. changed is a SELECT of rows with the natural key that names
 * those to look at, or NULL for all. Returns how many rows of the dimension were written.
 */
extern int64 MembersSync(const Dimension *d, const char *changed);

/* Call fn(arg); members that their source loses by it lose all values, as nobody is to know them. */
extern void MembersForget(void (*fn) (void *arg), void *arg);

#endif
