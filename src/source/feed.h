/*
 * feed.h
 *	  How a kind brings the answers to slices: what a pull asks of it.
 *
 * Members run in the pull's own memory context.
 */
#ifndef ELT_SOURCE_FEED_H
#define ELT_SOURCE_FEED_H

#include "postgres.h"
#include "decode/row_batch.h"
#include "source/pulled.h"

/* What every pull has; a kind's own begins with it. */
struct Pull
{
	const struct Feed *feed;
	MemoryContext cxt;
	const SourceDefinition *def;
	List	   *slices;
	bool		(*must_stop) (void);	/* see PullStopWhen; or NULL */
	PullTotals	totals;
	RequestLog *log;			/* NULL: nobody wants to know */
	PullProblem problem;		/* with which slices fail that have not been asked for */
	bool		may_rotate;		/* who pulls can have a token exchanged that is spent by it */
	bool		wants_token;	/* and has to, before anything else is sent */
	bool		in_parts;		/* see PullInParts */
};

typedef struct Feed
{
	size_t		size;			/* of the struct that begins with a Pull */
	bool		is_logged;		/* requests are worth a log */

	/* All of the Pull is set, the rest is zero. Runs in a transaction. */
	void		(*open) (Pull *pull);
	/* The next slice into out, which is empty; see PullNext. */
	bool		(*next) (Pull *pull, PulledSlice *out);
	/*
	 * More rows and rejects of a slice that next has handed out as a success, without pages; see
	 * PullNextRows. Runs in the transaction that takes them, and in the batch's memory context.
	 * Optional: slices have pages.
	 */
	bool		(*next_rows) (Pull *pull, PulledSlice *pulled, RowBatch *rows);
	/* See PullLeaveSlice. Optional: slices are handed out whole. */
	void		(*leave_slice) (Pull *pull);
	/* See PullAsRead, PullSettle and PullAbandon. Optional: nothing is on its way in between. */
	void		(*as_read) (Pull *pull);
	void		(*settle) (Pull *pull);
	void		(*abandon) (Pull *pull);
	/* Let go of everything that is not in the memory context. */
	void		(*close) (Pull *pull);
} Feed;

#endif
