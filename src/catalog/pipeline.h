/*
 * pipeline.h
 *	  A pipeline's definition as a struct; the only reader of elt_catalog.pipeline.
 */
#ifndef ELT_CATALOG_PIPELINE_H
#define ELT_CATALOG_PIPELINE_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"

typedef struct Pipeline
{
	int32		id;
	char	   *name;
	Oid			owner;			/* whose rights touch source, staging, target */
	Oid			source;
	Oid			target;
	List	   *key;			/* char *, column names */
	char	   *strategy;
	char	   *load;			/* incremental, full; that of the run at hand, with full_every */
	Interval   *full_every;		/* how often a run loads everything instead; NULL: never */
	char	   *params;			/* JSON text: {"param": [values]} */
	char	   *params_query;	/* query whose rows are combinations of params, or NULL */
	TimestampTz start_at;
	bool		has_start_at;
	Interval   *lookback;
	Interval   *publication_delay;
	Interval   *not_yet_limit;	/* NULL: never */
	char	   *cursor_column;	/* the next run asks from its greatest landed value; or NULL */
	Interval   *window_interval;	/* of a relation that is read by windows, else NULL */
	char	   *window_column;	/* the same: the column with the time of a row */
	char	   *source_time_zone;	/* of times without a zone in a relation */
	int32		key_ranges;		/* by which a relation is read; 0: none */
	List	   *changes_of;		/* char *, pipelines whose changes a transform follows; NIL: none */
	char	   *key_map;		/* query for its keys that those have changed, or NULL */
	int32		fail_after;		/* failed slices that end a run; 0: none do */
	char	   *partition_by;	/* NULL: the target is not partitioned by us, nor has it a policy */
	Interval   *partition_interval;
	char	   *partition_time_zone;
	int32		partition_premake;	/* partitions kept ready after the current one */
	Interval   *retain;			/* NULL: for ever */
	char	   *retain_action;	/* drop, detach, compress, pack, archive */
	char	   *archive_server; /* where archives go, or NULL */
	char	   *archive_path;
	char	   *archive_format;
	Interval   *change_log;		/* how long changes of the target are kept; NULL: they are not */
	Interval   *max_future;
	int32		max_new_partitions;
	int64		batch_rows;
	int64		batch_bytes;
	int32		batch_seconds;
	double		max_reject_percent; /* of a batch that may go to quarantine */
	int32		reject_raw_bytes;	/* of a record that a reject keeps */
	int64		max_rejects_kept;	/* of one check or reason in a batch; others are counted */
	Interval   *reject_retention;
	char	   *on_missing_field;	/* warn, hold, ignore */
	char	   *on_new_field;	/* ignore, record, add */
	char	   *on_type_change; /* reject, propose */
	int32		max_new_columns;	/* that are added in a day */
	int32		max_attempts;
	Interval   *retry_period;	/* between attempts, times the number of failures */
	int32		suspend_after;	/* failures in a row; 0: never */
	Interval   *max_runtime;	/* of a run, or NULL */
	Interval   *max_staleness;	/* age of the last success that is late, or NULL */
	char	   *schedule;		/* NULL: none */
	char	   *schedule_time_zone;
	char	   *catch_up;		/* none, last, all */
	Interval   *max_delay;		/* between runs of a continuous schedule */
	int32		priority;
	char	   *pool;			/* NULL: none */
	List	   *after;			/* char *, pipelines that it waits for */
	char	   *after_rule;		/* all, any, always */
	char	   *run_when;		/* condition of runs that were not called, or NULL */
	char	   *before_landing; /* SQL executed before each batch is merged, or NULL */
	char	   *on_landed;		/* SQL executed with the landing of each batch, or NULL */
	List	   *tags;			/* char * */
	bool		paused;			/* by itself, or with all others */
	int32		definition_version;
	List	   *sequence_by;	/* char *, columns that order two versions of one key */
	char	   *delete_when;	/* NULL: no row is a delete */
	List	   *replace_by;		/* replace: char *, columns that tell its scopes apart */
	List	   *track_columns;	/* scd2: char *, NIL: all that are neither key nor sequence */
	char	   *deletes;		/* scd2: close, mark, ignore */
	Interval   *tombstone_retention;	/* NULL: tombstones are kept */
	List	   *update_columns; /* char *, the only ones that an update writes; NIL: all */
	List	   *insert_only_columns;	/* char *, those that no update writes */
	char	   *history_by;		/* scd2: what tells when a change became true: event, load */
	char	   *first_valid_from;	/* scd2: event, -infinity */
	Interval   *late_horizon;	/* scd2: how late an event may be; NULL: any */
	char	   *late_policy;	/* scd2: rebuild, quarantine */
	char	   *absent;			/* full loads: ignore, delete */
	double		max_delete_percent; /* of the target that absence may delete at once */
	double		min_rows_percent;	/* of the last complete load that a load must have */
	bool		is_partial;		/* its batches are parts of others; not in the catalog */
	struct Replayed *replayed;	/* the rejects of which its batch is; NULL: it is of a source */

	/* of a child, whose rows are in the responses of another pipeline */
	int32		parent_id;		/* 0: it is no child */
	int32		root_id;		/* the ancestor that runs; its own id where it is no child */
	List	   *parent_key;		/* char *, columns that hold the key of the parent, in its order */
	bool		is_parent;		/* it has children */
} Pipeline;

/*
 * Read a pipeline into the current memory context. An unknown name is an error, whose hint says how
 * to list the known ones. SPI must be connected.
 */
extern Pipeline *PipelineByName(const char *name);
extern bool PipelineExists(const char *name);
extern Pipeline *PipelineById(int32 id);

/* The children (Pipeline *) of a pipeline and theirs, each after its parent. */
extern List *PipelineDescendants(const Pipeline *p);
/* The pipeline itself, then its descendants. */
extern List *PipelineFamily(Pipeline *p);
/* Is it a child, or has it children? */
extern bool PipelineHasFamily(const Pipeline *p);
/* Insert its definition; sets its id. */
extern void PipelineInsert(Pipeline *p);

/* Store these of its options (numbers of the table), but those of the partition policy. */
extern void PipelineStoreOptions(const Pipeline *p, Bitmapset *options);

/* Does each run request everything, in one batch, without a cursor? */
extern bool PipelineLoadsAll(const Pipeline *p);
/* Do its runs follow each other all the time? */
extern bool PipelineIsContinuous(const Pipeline *p);
/* And are rows of the target that it lacks deleted? */
extern bool PipelineDeletesAbsent(const Pipeline *p);
/* Does a run go on from a position that the last one has landed? */
extern bool PipelineHasPosition(const Pipeline *p);
/* Error for a pipeline that loads everything: it cannot run for a window. */
extern void PipelineCheckTakesWindows(const Pipeline *p);

/* Error unless the current user has a certain right to it. */
typedef void (*PipelineRight) (const Pipeline *p);

/* To define it (owner, admin) or to operate it (operator too). */
extern void PipelineCheckMayDefine(const Pipeline *p);
extern void PipelineCheckMayOperate(const Pipeline *p);
/* The same for what is done to a pipeline with all of its children, but not to one of these. */
extern void PipelineCheckMayDefineRoot(const Pipeline *p);
extern void PipelineCheckMayRun(const Pipeline *p);
/*
 * Error unless the current user has the privileges of its owner, with which a text or a trigger of
 * the current user would run; being a member of elt_admin is not enough. what is the action for the
 * message, such as "set params_query of".
 */
extern void PipelineCheckMayActAsOwner(const Pipeline *p, const char *what);
/* Error when its source has been dropped. */
extern void PipelineCheckSource(const Pipeline *p);

/* Run a catalogue statement whose only argument is the pipeline's id. */
extern uint64 PipelineExec(const Pipeline *p, const char *statement);

/*
 * Pipelines (Pipeline *) whose tombstone_retention applies to a target, or with InvalidOid to any.
 * Of several with one target it is the one with the longest, and none when one keeps tombstones
 * forever.
 */
extern List *PipelinesThatForget(Oid target);

/* elt_staging.<name>, quoted. */
extern char *PipelineStaging(const Pipeline *p);

/*
 * The lock, of a pipeline and its descendants, that lets one run stage at a time and keeps the
 * definition from changing, held by this session across its commits. False when another session has
 * it. The definition is read again after the lock was taken.
 */
extern bool PipelineTryLock(const Pipeline *p);
extern void PipelineUnlock(const Pipeline *p);
/* Is this session running a pipeline that lands in this table and in no other? */
extern bool PipelineLandsOnlyIn(Oid target);
extern void PipelineReportBusy(const Pipeline *p) pg_attribute_noreturn();
/*
 * Keep it from being dropped or renamed until the transaction ends; error when it no longer exists.
 * To be called before rows that belong to it are written or locked, since it waits for a session
 * that drops it.
 */
extern void PipelineKeep(const Pipeline *p);
/* As it is now; error when it is gone. */
extern Pipeline *PipelineReread(const Pipeline *p);
/*
 * A pipeline under the same lock, held until the transaction ends, so that the next one sees what
 * was changed. Error when it is running or held.
 */
extern Pipeline *PipelineLock(const char *name, PipelineRight right);

#endif
