/*
 * pull.h
 *	  Fetch a list of slices: several requests in flight, retries inside, answers in order.
 *
 * PullOpen needs a transaction; after it nothing here touches a catalogue, takes a lock or
 * needs a snapshot, so the caller may commit between two calls of PullNext.
 */
#ifndef ELT_SOURCE_PULL_H
#define ELT_SOURCE_PULL_H

#include "postgres.h"
#include "decode/row_batch.h"
#include "source/pulled.h"

/* Slices (Slice *) must outlive the pull. Everything lives in the current memory context. */
extern Pull *PullOpen(const SourceDefinition *def, List *slices);

/*
 * Who reads may stop at any slice, and may stay idle between two of them: ask for one first, for
 * more the more are read, and leave nothing in flight meanwhile.
 */
extern void PullAsRead(Pull *pull);

/*
 * Take the answers to what is in flight and send nothing more, so that places at the server are
 * free for others while the caller is about something else.
 */
extern void PullSettle(Pull *pull);

/*
 * Long lists are handed out in parts as they come, so that no list is held as a whole. All parts of
 * a slice are successes; what becomes of it is told with the last one, as if that were all of it.
 * One whose answer may prove to be what landed comes in one part if it is not too long.
 */
extern void PullInParts(Pull *pull);
/* The rest of the slice whose part was handed out last is of no use. */
extern void PullLeaveSlice(Pull *pull);

/*
 * Wait for the next slice, all its pages, in the order of the list; false after the last one. At most twice
 * the server's concurrency of pages is held, so the caller releases each one when done.
 *
 * True without a slice when the pull wants a token, see below.
 *
 * Once a slice has failed with wait_until, slices that have not been asked for are left out:
 * it makes no sense to ask before.
 */
extern bool PullNext(Pull *pull, PulledSlice *out);

/* Do the slices of such a source have rows in place of pages? */
extern bool SourceBringsRows(const SourceDefinition *def);

/*
 * Add rows and rejects of the slice to a batch that was reset, each with the number of its record,
 * and note in pulled, as a new text, at which position that leaves it: there the caller may commit
 * before it goes on. What rows point to lives in the batch's context. Columns that take a value of
 * the request are the caller's. False after the last row.
 */
extern bool PullNextRows(Pull *pull, PulledSlice *pulled, RowBatch *rows);

/*
 * The caller can exchange a token that is spent by it and commit its successor: see
 * token_rotation.h. From now on PullNext comes back without a slice when that is needed, and
 * nothing more is sent until the caller says that a token is at hand or why there is none.
 */
extern void PullMayRotate(Pull *pull);
/* PullNext finds nothing more once must_stop says so, which it is asked now and then. */
extern void PullStopWhen(Pull *pull, bool (*must_stop) (void));
/* Let go of what is on its way, and of its places. */
extern void PullAbandon(Pull *pull);
/* A problem without a message: there is a token. */
extern void PullHasToken(Pull *pull, const PullProblem *problem);

extern const PullTotals *PullTotalsOf(const Pull *pull);
/* From now on keep account of every request; NULL when nobody does. */
extern void PullLogRequests(Pull *pull);
extern RequestLog *PullRequestLog(const Pull *pull);
/* Bytes that came for a slice; of a file, those that have been read so far. */
extern int64 PulledBytes(const PulledSlice *pulled);
/* All pages of the slice so far. */
extern PageSum PulledSum(const PulledSlice *pulled);
/* Of the bodies of them; NULL when there is none. */
extern char *PulledHash(const PulledSlice *pulled);
extern void PullRelease(Pull *pull, PulledSlice *pulled);
extern void PullClose(Pull *pull);

#endif
