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

/* A slice that was refused when it was asked for last. */
typedef struct FailedWindow
{
	TimestampTz start;
	int			failures;		/* in a row */
	TimestampTz next_try_at;	/* 0: at once */
} FailedWindow;

/* Where one params combination stands. */
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

/* Give those without a cursor, or with one behind origin, one that stands there. */
extern void CursorsBegin(const Pipeline *p, List *combinations, TimestampTz origin);

/*
 * Forget that windows which end after now have landed, but for those with rows where each is asked
 * for once; floor: the begin of the window that now is in.
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

/* Add the slices that were refused. */
extern void StandingsAddFailed(const Pipeline *p, List *combinations, Standing *standings);

/*
 * Slices of other combinations than these are gone, those of these are not. Should a combination
 * come back, what is known of it still counts.
 */
extern void SlicesKeepOnly(const Pipeline *p, List *combinations);

/*
 * Forget the cursors that windows hold of combinations that are not among these, so that they
 * hold back nothing. One that is a position stays: should its combination come back, it goes on
 * from there.
 */
extern void CursorKeepOnly(const Pipeline *p, List *combinations);

/* Staged slices whose pages carried a position: their params stand there now. */
extern void CursorsResume(const Pipeline *p, int64 run_id);

/*
 * Forget the cursors alone: they begin at start_at again, landed slices stay. A position that a
 * page carried has nothing to do with start_at.
 */
extern void CursorForget(const Pipeline *p);

/* Forget state from a time on (or all of it), so that the next run asks again. */
extern int64 CursorReset(const Pipeline *p, bool all, TimestampTz to);

#endif
