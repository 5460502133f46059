/*
 * scan.h
 *	  One pass over the staged rows that finds those that break a check.
 */
#ifndef ELT_CHECK_SCAN_H
#define ELT_CHECK_SCAN_H

#include "postgres.h"
#include "check/quarantine.h"
#include "check/rule.h"

/* What broke a row; the strongest of its broken rules decides. */
typedef struct Breach
{
	Offence		offence;
	RuleAction	action;
} Breach;

/*
 * Evaluate every rule on every staged row and count failures in the rules. The rows that broke
 * one, in order; the offence of each is a Breach. A rule that is NULL for a row passes; one
 * that raises a data error for a row is broken by it.
 */
extern BadRows *RulesScan(const Pipeline *p, List *rules);

#endif
