/*
 * cursor.h
 *	  Where each params combination has landed, and which slices are still open.
 */
#ifndef ELT_CATALOG_CURSOR_H
#define ELT_CATALOG_CURSOR_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* A window whose state matters for what to ask next. */
typedef struct KnownWindow
{
	TimestampTz start;
	TimestampTz end;
	bool		open;			/* failed or not yet published: ask again */
} KnownWindow;

/* The cursor of a params combination; begins at origin when there is none yet. */
extern TimestampTz CursorRead(const Pipeline *p, const char *params, TimestampTz origin);

/*
 * Open windows before the cursor, and landed, complete ones at or after it, by start:
 * the exceptions to "everything from the cursor on is due, nothing before it is".
 */
extern List *KnownWindows(const Pipeline *p, const char *params, TimestampTz cursor);

/* Windows that landed since this run began, by start; one when the source has none. */
extern List *WindowsSince(const Pipeline *p, const char *params, int64 run_id);

/* Forget the cursors of combinations that are not among these (char *, JSON texts). */
extern void CursorKeepOnly(const Pipeline *p, List *combinations);

/* Forget the cursors alone: they begin at start_at again, landed slices stay. */
extern void CursorForget(const Pipeline *p);

/* Forget state from a time on (or all of it), so that the next run asks again. */
extern int64 CursorReset(const Pipeline *p, bool all, TimestampTz to);

#endif
