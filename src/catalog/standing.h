/*
 * standing.h
 *	  Where each params combination has landed, and which slices are still open.
 */
#ifndef ELT_CATALOG_STANDING_H
#define ELT_CATALOG_STANDING_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* A window whose state matters for what to ask next. */
typedef struct KnownWindow
{
	TimestampTz start;
	TimestampTz end;
	bool		open;			/* failed or not yet published: ask again */
} KnownWindow;

/* A slice whose last request failed. */
typedef struct FailedWindow
{
	TimestampTz start;
	int			failures;		/* in a row */
	TimestampTz next_try_at;	/* 0: at once */
} FailedWindow;

/* The state of one params combination. */
typedef struct Standing
{
	char	   *position;		/* NULL: it has no cursor yet */
	TimestampTz window_end;		/* of a source with windows */
	List	   *known;			/* KnownWindow *, by start */
	List	   *failed;			/* FailedWindow *, by start */
	bool		all_fail;		/* nothing has landed since one of these failed */
} Standing;

/*
 * Combinations are JSON texts (char *). There may be very many, so each function is one
 * statement, and answers are arrays in the order of the list.
 */

/* Move the cursor of combinations without one, or with one before origin, to origin. */
extern void CursorsBegin(const Pipeline *p, List *combinations, TimestampTz origin);

/*
 * Forget that windows which end after now have landed, except those with rows where each is
 * requested only once; floor: the start of the current window.
 */
extern void CursorsDisbelieve(const Pipeline *p, TimestampTz now, TimestampTz floor,
							  bool asks_once);
extern Standing *StandingsOf(const Pipeline *p, List *combinations);

/*
 * Add open windows before the cursor, and landed, complete ones at or after it: the exceptions
 * to "everything from the cursor on is due, nothing before it is".
 */
extern void StandingsAddKnown(const Pipeline *p, List *combinations, Standing *standings);

/*
 * Add windows that landed since this run began, or the first of those that it repeats; one when
 * the source has none.
 */
extern void StandingsAddLanded(const Pipeline *p, List *combinations, int64 run_id,
							   Standing *standings);

/* Add the slices that failed. */
extern void StandingsAddFailed(const Pipeline *p, List *combinations, Standing *standings);

/*
 * Mark slices of other combinations than these as gone, and those of these as not. The state of a
 * combination is kept in case it returns.
 */
extern void SlicesKeepOnly(const Pipeline *p, List *combinations);

/*
 * Delete the window cursors of other combinations than these, so that they hold back nothing. One
 * that is a position stays: if its combination returns, it continues there.
 */
extern void CursorKeepOnly(const Pipeline *p, List *combinations);

/* Move cursors to the positions carried by the pages of staged slices. */
extern void CursorsResume(const Pipeline *p, int64 run_id);

/*
 * Delete the cursors only: they begin at start_at again, landed slices stay. A position that a page
 * carried has nothing to do with start_at.
 */
extern void CursorForget(const Pipeline *p);

/* Forget state from a time on (or all of it), so that the next run requests it again. */
extern int64 CursorReset(const Pipeline *p, bool all, TimestampTz to);

#endif
