/*
 * replayed.h
 *	  Rejects that are replayed: which they are, in which order, and what became of them.
 *
 * Each has a place in its replay, from 1, by which its staged rows are known: it is the number of
 * their record. Their time of loading is that of the reject's slice, so that they are neither older
 * nor newer than rows that landed with it.
 */
#ifndef ELT_CATALOG_REPLAYED_H
#define ELT_CATALOG_REPLAYED_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/reject_set.h"
#include "catalog/slice.h"
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

/* All of a replay, by place, which is that in the arrays, from 1: of millions a few bytes each. */
typedef struct Replayed
{
	int64		count;
	int64	   *ids;
	int64		last_id;		/* the highest of them */
	TimestampTz *times;			/* of loading their slices; they do not fall */
	bool	   *superseded;
	bool		is_all;			/* all open rejects of the pipeline */
	bool		stored;			/* elt_catalog.staged_replay has them */
} Replayed;

/* Open rejects; raises an error when the condition is not a condition. */
extern Replayed *ReplayedFind(const Pipeline *p, const RejectSet *set);

/* For the pipeline whose batch they are: p->replayed. */

/* Stage a slice of theirs. */
extern void ReplayedSlice(const Pipeline *p, const Slice *slice);
/* The next of them (ReplayedReject *), from a place. */
extern List *ReplayedRead(const Pipeline *p, int64 from, int at_most);
/* Raises an error unless they are all there: nothing keeps a superuser from deleting some. */
extern void ReplayedCheckCount(const Pipeline *p, uint64 found, uint64 expected);
/* Those with these places are superseded. */
extern void ReplayedSupersede(const Pipeline *p, const int64 *places, int64 count);
/* Store them, for statements that join them, when all that is superseded is known. */
extern void ReplayedStore(const Pipeline *p);
/* What decoding has refused once more goes to quarantine; returns how many. */
extern int64 ReplayedQuarantine(const Pipeline *p, int64 run_id);
/* Those that have not failed are settled, and counted. Frees what has failed. */
extern void ReplayedSettleLanded(const Pipeline *p, int64 run_id, SqlNumbers *failed,
								 ReplayCounts *counts);
/* The merge is done, its rows are still staged: every reject gets its state. */
extern ReplayCounts ReplayedSettle(const Pipeline *p, int64 run_id);

#endif
