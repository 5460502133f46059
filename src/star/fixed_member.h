/*
 * fixed_member.h
 *	  The members unknown, missing and invalid: what they hold, and which conditions leave them out.
 */
#ifndef ELT_STAR_FIXED_MEMBER_H
#define ELT_STAR_FIXED_MEMBER_H

#include "postgres.h"
#include "access/attnum.h"
#include "nodes/params.h"
#include "nodes/pg_list.h"

/* A key that was not found, one that the source leaves out, and one that is no valid value. */
#define MEMBER_UNKNOWN	(-1)
#define MEMBER_MISSING	(-2)
#define MEMBER_INVALID	(-3)

extern const char *FixedMemberName(int key);
/* A constraint that keeps their names in columns (char *, quoted), and conditions (char *) on others. */
extern void FixedMembersPin(const char *table, const char *key, List *named, List *conditions,
							Oid role);
/* Without it their columns can be given another type. */
extern void FixedMembersUnpin(const char *table, Oid role);
/*
 * Do conditions (Node *) on columns of the table, whose Vars have number 1, leave all of them out?
 * So they stay: a change needs a lock that waits for those who have planned with the answer.
 */
extern bool FixedMembersAreLeftOut(Oid table, AttrNumber key, List *conditions, ParamListInfo params);

#endif
