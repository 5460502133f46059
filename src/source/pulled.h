/*
 * pulled.h
 *	  Results of a pull.
 */
#ifndef ELT_SOURCE_PULLED_H
#define ELT_SOURCE_PULLED_H

#include "postgres.h"
#include "source/definition.h"
#include "source/verdict.h"

typedef struct Pull Pull;
typedef struct RequestLog RequestLog;

/* Why a pull cannot send requests. */
typedef struct PullProblem
{
	char	   *message;		/* NULL: it can */
	const char *hint;			/* a constant, or as long-lived as the message; or NULL */
	bool		temporary;		/* a later run may do better */
} PullProblem;

/* Pages that were handed out before. */
typedef struct PageSum
{
	int			pages;
	int64		bytes;			/* of their bodies */
	uint64		hash;
} PageSum;

typedef struct PulledSlice
{
	const Slice *slice;
	Verdict		verdict;
	List	   *pages;			/* of FetchedPage *, in order, to decode when success; see Feed */
	bool		more;			/* they are a part of the slice, which goes on; see PullInParts */
	bool		pauses;			/* it goes on after its position, but with the next batch */
	bool		anew;			/* the list was begun anew: its earlier parts count no more */
	PageSum		before;			/* the pages of its earlier parts */
	int			attempts;		/* at the page that was asked for last */
	int64		requests;
	int64		bytes;
	const char *unproven;		/* why the list may be incomplete; NULL: it is complete */
	const char *etag;			/* of the response, for conditional requests; or NULL */
	const char *last_modified;	/* the same as a time; or NULL */
	int			http_status;	/* of the last answer; 0: none came */
	const char *sqlstate;		/* of a failure, else NULL */
	const char *error;			/* NULL unless failed */
	const char *detail;			/* of a failure: request and response, or NULL */
	const char *hint;			/* of a failure, or NULL */
	const char *position;		/* of the last page whose rows were taken; or NULL */
	bool		temporary;		/* of a failure: a later run may do better */
	TimestampTz wait_until;		/* the earliest retry set by the server or its quota; else 0 */
	int64		file_rejects;	/* of a file that fails for its rejects: how many they are */
	int64		file_error_line;	/* the line of the first one; 0: not known */
	const char *file_state;		/* of a file that failed: its state in the ledger; NULL: rejected */
	MemoryContext cxt;			/* holds what is told here; ends with PullRelease */
} PulledSlice;

/*
 * Where rows are to be staged: INSERT INTO into SELECT the columns of the source, in their order,
 * then the run and the time.
 */
typedef struct StageOrder
{
	const char *into;			/* table with its columns */
	int64		run_id;
	TimestampTz loaded_at;
	int64		limit;			/* rows that are wanted, 0: all; some more may come */
	int64		rows;			/* result: how many came */
	List	   *rejects;		/* result: RowReject * of those that could not be read */
} StageOrder;

/* Totals so far, including slices that were not returned. */
typedef struct PullTotals
{
	int64		attempts;
	int64		requests;		/* redirects that were followed included */
	int64		bytes;
} PullTotals;

#endif
