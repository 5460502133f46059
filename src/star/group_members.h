/*
 * group_members.h
 *	  Move facts to other groups of aggregates as members of a dimension change.
 *
 * Facts are found by the natural keys whose members have changed, and counted once with the members as they
 * were and once as they are.
 */
#ifndef ELT_STAR_GROUP_MEMBERS_H
#define ELT_STAR_GROUP_MEMBERS_H

#include "postgres.h"
#include "star/dimension.h"

typedef struct MembersBefore MembersBefore;

/*
 * Members as they are, before they change: those with a natural key in touched, kept rows, or all when
 * that is NULL. NULL when no aggregate is grouped by them. Nobody else changes them until the
 * transaction ends.
 */
extern MembersBefore *MembersRemember(const Dimension *d, const char *touched);
/* They have changed: move their facts. */
extern void MembersRegroup(MembersBefore *before);
/*
 * Members were added whose natural keys are in added, kept rows: those that rows, which are of a source,
 * name in these columns (char *).
 */
extern void MembersRegroupAdded(const Dimension *d, const char *added, const char *rows, Oid source,
								List *names);

#endif
