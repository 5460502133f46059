/*
 * verdict.h
 *	  Outcomes of a requested slice.
 */
#ifndef ELT_SOURCE_VERDICT_H
#define ELT_SOURCE_VERDICT_H

typedef enum Verdict
{
	VERDICT_SUCCESS,			/* pages to decode, or rows */
	VERDICT_UNCHANGED,			/* it is as it was when it landed */
	VERDICT_EMPTY,				/* done, no rows */
	VERDICT_NOT_YET,			/* not published: ask again in the next run */
	VERDICT_FAIL
} Verdict;

#endif
