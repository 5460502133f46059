/*
 * hold.h
 *	  Dependencies that keep an expired partition from being removed.
 */
#ifndef ELT_PARTITION_HOLD_H
#define ELT_PARTITION_HOLD_H

#include "postgres.h"
#include "partition/policy.h"

/*
 * Why a partition cannot go: rows that refer to its rows by a foreign key, or where it would be
 * dropped an object that depends on it. NULL when nothing does.
 */
extern char *PartHeldBy(const Policy *policy, Oid part);

#endif
