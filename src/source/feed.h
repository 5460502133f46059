/*
 * feed.h
 *	  How a kind of source fetches slices: the callbacks of a pull.
 *
 * Members run in the pull's own memory context.
 */
#ifndef ELT_SOURCE_FEED_H
#define ELT_SOURCE_FEED_H

#include "postgres.h"
#include "decode/row_batch.h"
#include "source/pulled.h"
#include "source/row_fields.h"

/* The common part of every pull; the struct of each kind begins with it. */
struct Pull
{
	const struct Feed *feed;
	MemoryContext cxt;
	const SourceDefinition *def;
	List	   *slices;
	bool		(*must_stop) (void);	/* see PullStopWhen; or NULL */
	PullTotals	totals;
	RequestLog *log;			/* NULL: nobody wants to know */
	PullProblem problem;		/* error of slices that were not requested yet */
	bool		may_rotate;		/* the caller can exchange a rotating token */
	bool		wants_token;	/* and must do so before the next request */
	bool		in_parts;		/* see PullInParts */
	int			(*choose) (void *arg);	/* see PullChoose; or NULL */
	void	   *chooser;
	bool		follows;		/* see PullFollow */
};

typedef struct Feed
{
	size_t		size;			/* of the struct that begins with a Pull */
	bool		is_logged;		/* requests are worth a log */

	/* All of the Pull is set, the rest is zero. Runs in a transaction. */
	void		(*open) (Pull *pull);
	/* See PullAttach. Optional: a slice has rows of one table. */
	void		(*attach) (Pull *pull, const SourceDefinition *def, RowBatch *rows);
	/* The next slice into out, which is empty; see PullNext. */
	bool		(*next) (Pull *pull, PulledSlice *out);
	/* See PullAwait. Optional: what a slice has left is there. */
	void		(*await) (Pull *pull, PulledSlice *pulled);
	/*
	 * More rows and rejects of a slice that next has handed out as a success, without pages; see
	 * PullNextRows. Runs in the transaction that takes them, and in the batch's memory context.
	 * Optional: slices have pages.
	 */
	bool		(*next_rows) (Pull *pull, PulledSlice *pulled, RowBatch *rows);
	/*
	 * Stage the next rows of a slice by a statement of its own; see PullStage. Called like next_rows,
	 * which then serves previews only. Optional: the caller stages what comes.
	 */
	bool		(*stage) (Pull *pull, PulledSlice *pulled, StageOrder *order);
	/* See PullIsSettled. Optional: it always is. */
	bool		(*is_settled) (Pull *pull);
	/* See PullLeaveSlice. Optional: slices are handed out whole. */
	void		(*leave_slice) (Pull *pull);
	/* See PullIsReady. Optional: it never is. */
	bool		(*is_ready) (Pull *pull);
	/* See PullAsRead, PullSettle and PullAbandon. Optional: nothing is on its way in between. */
	void		(*as_read) (Pull *pull);
	void		(*settle) (Pull *pull);
	void		(*abandon) (Pull *pull);
	/* See PullRowFields. Optional: they are not known. */
	const RowFields *(*row_fields) (Pull *pull, const SourceDefinition *def);
	/* See PullLanded. Optional: nobody wants to know. */
	void		(*landed) (Pull *pull);
	/* Release everything that is not in the memory context. */
	void		(*close) (Pull *pull);
} Feed;

#endif
