/*
 * replayed.h
 *	  Rejects that are replayed: which they are, in which order, and what became of them.
 *
 * Each has a place in its replay, from 1, and a time of loading of its own, by which its staged
 * rows are known. The time is that of its slice or, where several rejects have one, a little less.
 */
#ifndef ELT_CATALOG_REPLAYED_H
#define ELT_CATALOG_REPLAYED_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "datatype/timestamp.h"

typedef struct ReplayedReject
{
	int64		n;				/* its place */
	TimestampTz loaded_at;
	char	   *params;			/* JSON text */
	bool		has_window;
	TimestampTz window_start;
	TimestampTz window_end;
	char	   *raw;			/* NULL: none was kept */
	char	   *form;
	bool		whole;
	char	   *ancestors;		/* these as in RejectContext */
	char	   *list;
	char	   *header;
	int64		line;
	int64		arrival;
	char	   *patch;			/* JSON text; NULL: it was not fixed */
} ReplayedReject;

/* What became of them. */
typedef struct ReplayCounts
{
	int64		rejects;		/* the sum of the others */
	int64		replayed;
	int64		superseded;
	int64		rejected;		/* once more */
} ReplayCounts;

/* A set of rejects: those of a pipeline, or one. */
typedef struct RejectSet
{
	const char *condition;		/* over elt.rejects, as the current user; NULL: all */
	int64		id;				/* of the only one; 0: not given */
} RejectSet;

/* Ids of those that are open; raises an error when the condition is not a condition. */
extern List *OpenRejects(const Pipeline *p, const RejectSet *set);	/* of int64 * */

/* Stage these for a replay, and their slices; returns how many there are. */
extern int64 ReplayedBegin(const Pipeline *p, List *ids);
/* The next of them (ReplayedReject *) in their order, after one with this time. */
extern List *ReplayedRead(const Pipeline *p, TimestampTz after, int at_most);
/* Those with these times (TimestampTz *) are superseded. */
extern void ReplayedSupersede(const Pipeline *p, List *times);
/* Of so many, what decoding has refused once more goes to quarantine; returns how many. */
extern int64 ReplayedQuarantine(const Pipeline *p, int64 run_id, int64 count);
/* The merge is done, its rows are still staged: every reject, of so many, gets its state. */
extern ReplayCounts ReplayedSettle(const Pipeline *p, int64 run_id, int64 count);

/* Change them; each returns how many. */
extern int64 RejectsDiscard(const Pipeline *p, List *ids, const char *reason);

/* The pipeline of a reject; raises an error when there is no such reject. */
extern int32 RejectPipeline(int64 id);
/* Store what is to be changed in it. Raises an error when it is settled. */
extern void RejectPatch(const Pipeline *p, int64 id, const char *patch);
/* Its state, and the message of its last attempt. */
extern char *RejectState(int64 id, char **message);

#endif
