/*
 * scan.h
 *	  Which staged rows break a check, and what becomes of each.
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
 * Find out which staged rows break which rule and count them in the rules. The rows that broke
 * one, in order; the offence of each is a Breach. Rows that broke nothing but rules that warn
 * may be left out. A rule that is NULL for a row passes; one that raises a data error for a
 * row is broken by it.
 */
extern BadRows *RulesScan(const Pipeline *p, List *rules);

#endif
