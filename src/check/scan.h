/*
 * scan.h
 *	  Find the staged rows that violate a check and the action for each.
 */
#ifndef ELT_CHECK_SCAN_H
#define ELT_CHECK_SCAN_H

#include "postgres.h"
#include "check/declared_check.h"
#include "check/quarantine.h"

/* The checks that a row violates; the strongest action applies. */
typedef struct Breach
{
	Offence		offence;
	CheckAction action;
} Breach;

/*
 * Find the staged rows that violate a check and count them per check. Returns these rows in
 * order, each with a Breach as its offence. Rows that violate only 'warn' checks may be omitted.
 * A check that is NULL for a row passes; one that raises a data error for a row fails.
 */
extern BadRows *ChecksScan(const Pipeline *p, List *checks);

#endif
