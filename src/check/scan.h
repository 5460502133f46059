/*
 * scan.h
 *	  Which staged rows break a check, and what becomes of each.
 */
#ifndef ELT_CHECK_SCAN_H
#define ELT_CHECK_SCAN_H

#include "postgres.h"
#include "check/declared_check.h"
#include "check/quarantine.h"

/* What broke a row; the strongest of its broken checks decides. */
typedef struct Breach
{
	Offence		offence;
	CheckAction action;
} Breach;

/*
 * Find out which staged rows break which check and count them in the checks. The rows that broke
 * one, in order; the offence of each is a Breach. Rows that broke nothing but checks that warn
 * may be left out. A check that is NULL for a row passes; one that raises a data error for a
 * row is broken by it.
 */
extern BadRows *ChecksScan(const Pipeline *p, List *checks);

#endif
