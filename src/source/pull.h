/*
 * pull.h
 *	  Fetch a list of slices with concurrent requests and retries, and return them in order.
 *
 * PullOpen needs a transaction; afterwards no catalog, lock or snapshot is used, so the caller
 * may commit between two calls of PullNext.
 */
#ifndef ELT_SOURCE_PULL_H
#define ELT_SOURCE_PULL_H

#include "postgres.h"
#include "decode/row_batch.h"
#include "source/pulled.h"
#include "source/row_fields.h"

/* Slices (Slice *) must outlive the pull. Everything lives in the current memory context. */
extern Pull *PullOpen(const SourceDefinition *def, List *slices);

/* Can a slice of this source have rows of several tables? */
extern bool SourceHasTables(const SourceDefinition *def);

/*
 * Before the first slice: read another table from the same slices. Each PullNextRows adds its rows to this
 * batch, which the caller empties in between.
 */
extern void PullAttach(Pull *pull, const SourceDefinition *def, RowBatch *rows);

/*
 * The caller may stop at any slice or pause between two of them: start with one slice, increase
 * concurrency as more are read, and leave nothing in flight meanwhile.
 */
extern void PullAsRead(Pull *pull);

/*
 * Receive the responses in flight and send no more requests, to free the server's budget while
 * the caller is busy.
 */
extern void PullSettle(Pull *pull);

/*
 * Return long lists in parts as they arrive, so that no list is held as a whole, or page by page
 * after PullAsRead. All parts of a slice are successes; the outcome of the whole slice is reported
 * with the last one. A slice whose response may turn out to be unchanged comes in one part if it
 * is not too long.
 */
extern void PullInParts(Pull *pull);
/*
 * Before the first slice: choose says the number of the next one, -1 after the last; each comes at most once.
 * Of files only.
 */
extern void PullChoose(Pull *pull, int (*choose) (void *arg), void *arg);
/* Go on for a while where the source has no more, since more will come: for streams. */
extern void PullFollow(Pull *pull);
/* Discard the rest of the slice whose part was returned last. */
extern void PullLeaveSlice(Pull *pull);

/*
 * Wait for the next slice with all its pages, in the order of the list; false after the last one.
 * At most twice the server's concurrency of pages is held, so the caller releases each one when
 * done.
 *
 * True without a slice when the pull wants a token, see below.
 *
 * Once a slice has failed with wait_until, slices that were not requested yet are left out:
 * they would fail as well.
 */
extern bool PullNext(Pull *pull, PulledSlice *out);

/*
 * Wait for more of a slice that a batch has ended within. It may come in parts like one of PullNext,
 * which then returns the next ones.
 */
extern void PullAwait(Pull *pull, PulledSlice *pulled);

/* What was returned so far has landed, and the transaction is over. */
extern void PullLanded(Pull *pull);

/* Has the next slice come already, so that PullNext will not wait? */
extern bool PullIsReady(Pull *pull);

/* Do the slices of this source have rows instead of pages? */
extern bool SourceBringsRows(const SourceDefinition *def);

/*
 * Add rows and rejects of the slice to an empty batch, each with the number of its record, and set
 * the position of pulled, at which the caller may commit before it continues. The rows' data lives
 * in the batch's context. The caller sets the columns of request params. False after the last row.
 */
extern bool PullNextRows(Pull *pull, PulledSlice *pulled, RowBatch *rows);

/* What the rows of the batch had that PullNextRows has returned of a table; NULL: it is not known. */
extern const RowFields *PullRowFields(Pull *pull, const SourceDefinition *def);

/* Are slices of this source staged by its own statements? */
extern bool SourceStages(const SourceDefinition *def);

/*
 * Stage the next rows of the slice, as the pipeline's owner, in a transaction in which the source
 * is read only by this function, and set the position of pulled. False after the last row.
 */
extern bool PullStage(Pull *pull, PulledSlice *pulled, StageOrder *order);

/*
 * May slices be read now without missing rows of transactions that are still running? Called again,
 * each time in a transaction of its own, until it is true, which it is within limits of time.
 */
extern bool PullIsSettled(Pull *pull);

/*
 * The caller can exchange a rotating token and commit the new one, see token_rotation.h.
 * PullNext then returns without a slice when a token is needed, and sends nothing until the
 * caller calls PullHasToken.
 */
extern void PullMayRotate(Pull *pull);
/* PullNext returns no more slices once must_stop returns true, which is checked regularly. */
extern void PullStopWhen(Pull *pull, bool (*must_stop) (void));
/* Cancel the requests in flight and free their places. */
extern void PullAbandon(Pull *pull);
/* Continue after a token was obtained, or with the problem that prevented it. */
extern void PullHasToken(Pull *pull, const PullProblem *problem);

extern const PullTotals *PullTotalsOf(const Pull *pull);
/* Collect requests for the request log from now on. */
extern void PullLogRequests(Pull *pull);
extern RequestLog *PullRequestLog(const Pull *pull);
/* Raise the failure of a slice as an error. */
extern void PulledRaise(const PulledSlice *pulled);
/* Bytes that came for a slice; of a file, those that have been read so far. */
extern int64 PulledBytes(const PulledSlice *pulled);
/* All pages of the slice so far. */
extern PageSum PulledSum(const PulledSlice *pulled);
/* Of the bodies of them; NULL when there is none. */
extern char *PulledHash(const PulledSlice *pulled);
/* What was read of the file that the slice is; NULL: it is none. */
extern SliceFile *PulledFile(const PulledSlice *pulled);
extern void PullRelease(Pull *pull, PulledSlice *pulled);
extern void PullClose(Pull *pull);

#endif
