/*
 * shmem.h
 *	  Data shared between processes, in one struct.
 *
 * With pg_elt in shared_preload_libraries it is shared by the cluster; otherwise every session
 * has its own, so that callers need not distinguish the two. It contains no pointers: a latch is
 * found by its owner's pid.
 */
#ifndef ELT_BASE_SHMEM_H
#define ELT_BASE_SHMEM_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "storage/condition_variable.h"

#define MAX_BUDGETS 256			/* servers with a rate or concurrency limit */
#define MAX_PROGRESS 128		/* runs at the same time, sessions' own included */
#define MAX_RUN_WORKERS 64		/* upper bound of elt.max_workers */
#define MAX_WORKER_SLOTS 160	/* those, as many beside them, and workers for alerts and files */
#define MAX_DATABASES 256		/* databases that have the extension */
#define MAX_TOKENS 128			/* access tokens that are good at the same time */
#define TOKEN_BYTES 8192		/* what servers take in one header */

/* One server's requests (budget.c). int64 times are microseconds of the monotonic clock. */
typedef struct BudgetSlot
{
	Oid			database;
	Oid			server;			/* InvalidOid: free */
	Oid			owner;			/* of the server */
	double		tokens;			/* requests that may be made at once */
	double		per_second;		/* how many are added; <= 0: no limit */
	int			burst;			/* how many there are at most */
	int64		refilled;		/* when tokens was last computed */
	int64		full_at;		/* when the bucket is full again */
	int64		paused_until;	/* the server said wait */
	int64		remaining;		/* requests that the server said are left; counts until resets_at */
	int64		resets_at;
	int64		used;			/* when it was last asked for */
	int			in_flight;
	TimestampTz quota_since;	/* begin of the period that the quota's counts are of */
	int64		quota_spent;
	int64		quota_saved;	/* how much of it was saved */
	int64		save_asked;		/* since when somebody wants it saved; 0: nobody */
} BudgetSlot;

/* One access token (source/oauth_token.c), whose text is in token_texts. */
typedef struct TokenSlot
{
	Oid			database;
	Oid			mapping;		/* InvalidOid: free */
	uint64		options;		/* hash of all that the token depends on */
	int64		expires;		/* seconds since 1970 */
	int64		used;			/* count of uses of all tokens, when it was last asked for */
} TokenSlot;

/* One run that is executing (progress.c). */
typedef struct ProgressSlot
{
	int			pid;			/* 0: free */
	Oid			database;
	int64		run_id;
	char		name[NAMEDATALEN];
	char		kind[16];
	char		phase[32];
	bool		stop;			/* somebody asks it to end with what it has */
	int64		slices_done;
	int64		slices_total;
	int64		rows;
	int64		bytes;
	int64		pages;
	int64		requests;
	TimestampTz started;
} ProgressSlot;

/* One database that has, or may have, the extension (worker/launcher.c). */
typedef struct DatabaseSlot
{
	Oid			database;		/* InvalidOid: free */
	int			scheduler;		/* its pid; 0: none */
	int			held_by;		/* pid of a session that needs the database empty; 0: none */
	bool		look;			/* somebody asks to look whether the extension is there */
	bool		installed;		/* a scheduler saw it there */
	bool		wants_worker;	/* a run is due and no worker slot was free */
	int			failures;		/* schedulers that ended with an error, in a row */
	TimestampTz not_before;		/* when to start the next one */
	TimestampTz ticked_at;		/* when elt.tick was last called; 0: never */
} DatabaseSlot;

/* One run worker, from the decision to start it until it is gone (worker/pool.c). */
typedef struct WorkerSlot
{
	Oid			database;		/* InvalidOid: free */
	int			pid;			/* 0: not yet started */
	uint32		generation;		/* tells this use of the slot from an earlier one */
	int64		run_id;
	bool		beside;			/* it does not count for elt.max_workers */
} WorkerSlot;

typedef struct EltShared
{
	int			launcher;		/* its pid; 0: none */
	ConditionVariable changed;	/* a run ended, or a process left its slot */
	BudgetSlot	budgets[MAX_BUDGETS];
	ProgressSlot progress[MAX_PROGRESS];
	DatabaseSlot databases[MAX_DATABASES];
	WorkerSlot	workers[MAX_WORKER_SLOTS];
	TokenSlot	tokens[MAX_TOKENS];
	int64		token_uses;
	char		token_texts[MAX_TOKENS][TOKEN_BYTES];
} EltShared;

extern void ShmemInit(void);
extern bool IsPreloaded(void);
/* Error naming shared_preload_libraries; what: "elt.enqueue", as the user wrote it. */
extern void RequirePreload(const char *what);

extern EltShared *Shared(void);
/* Held for a few instructions only; nothing between them may raise an error. */
extern void LockShared(void);
extern void UnlockShared(void);

/* The slot of a database, with the lock held; with make, a free one becomes its. Or NULL. */
extern DatabaseSlot *FindDatabaseSlot(Oid database, bool make);

#endif
