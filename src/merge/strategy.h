/*
 * strategy.h
 *	  The strategies of a merge: requirements on a pipeline and its target, and statements.
 *
 * Properties of a strategy are read from its struct, never derived from its name.
 */
#ifndef ELT_MERGE_STRATEGY_H
#define ELT_MERGE_STRATEGY_H

#include "postgres.h"
#include "catalog/run.h"
#include "merge/batch.h"
#include "merge/shape.h"

/* Rows of the target that are to go, by their keys in a table. */
typedef struct Removal
{
	const char *keys;
	int64		run_id;
	TimestampTz at;				/* when they were seen to be gone */
	bool		unless_newer;	/* not those that a later run has written */
} Removal;

typedef struct MergeStrategy
{
	const char *name;
	const char *history_by;		/* of two with one name: that of this one */
	bool		needs_key;
	bool		adds_again;		/* without a key: a row that comes twice is there twice */
	bool		keeps_history;	/* takes what says how a history is kept */
	bool		replaces_windows;	/* what a window has is what was loaded for it last */
	bool		cuts_no_slice;	/* a batch has all of a slice, however long */
	bool		omits_sequence; /* the target has no columns of sequence_by */
	bool		first_counts;	/* of several rows of a key, not the last */
	bool		inserts_first;	/* into an empty target it inserts a row of each key */
	bool		takes_empty;	/* a batch without rows may change the target too */

	/* error unless it can load from the source with these arguments; or NULL */
	void		(*check_source) (const Pipeline *p, const SourceDefinition *source);
	/* error unless its own options fit it, the source and each other; or NULL */
	void		(*check_options) (const Pipeline *p);
	/* change the target as options that were altered need it; or NULL */
	void		(*options_changed) (const Pipeline *p);

	/* find or create the target as the pipeline's owner; p need not be in the catalogue */
	Oid			(*ensure_target) (const char *target_name, const Pipeline *p,
								  const SourceDefinition *source);
	/* error unless the target can take what a merge writes; completes the shape by what it has */
	void		(*check_target) (MergeShape *shape);

	/* rows of the target whose absence from the batch deletes them; or NULL */
	struct Replaced *(*replaced) (const MergeShape *shape);
	/* staged rows in whose place others of the batch count; or NULL */
	BadRows    *(*superseded) (const MergeShape *shape);
	/* staged rows that cannot land; or NULL */
	BadRows    *(*unfit) (const MergeShape *shape);
	/* error unless the batch, without them, can land; or NULL */
	void		(*check) (const MergeShape *shape);
	/* MergeSetting *, under which it is planned */
	List	   *(*settings) (const MergeShape *shape, BatchFacts *facts);
	/* the statements that classify and write */
	char	   *(*sql) (const MergeShape *shape, const BatchFacts *facts);
	/* run them and add what became of the rows to counts */
	void		(*land) (const MergeShape *shape, const BatchFacts *facts, MergeCounts *counts);
	/*
	 * A SELECT that writes nothing, with the same outcome: _class, which is a count's name, _n rows
	 * of it, the key's columns, the staged row as _s and the stored one as _t, both may be NULL.
	 * Staged rows that are duplicates are left out.
	 */
	char	   *(*preview) (const MergeShape *shape);
	/*
	 * A SELECT, after the merge, of _record and _fate of staged rows whose children do not land:
	 * duplicate, stale, deleted, dropped, or null. NULL, or it returns NULL: those of all rows land
	 */
	char	   *(*fates) (const MergeShape *shape);
	/* A SELECT, before it, of the keys that the merge itself will remove from the target; or NULL */
	char	   *(*removed_keys) (const MergeShape *shape);
	/* condition under which a row t of the target is there; with remove, NULL: has no deletes */
	char	   *(*live) (const MergeShape *shape);
	/* delete by key; how many rows */
	int64		(*remove) (const MergeShape *shape, const Removal *removal);
} MergeStrategy;

extern const MergeStrategy *MergeStrategyOf(const Pipeline *p);

/*
 * The pipeline for batches that are parts of others, as rejects are: they join what has landed, and
 * nothing is replaced or absent for what a part lacks.
 */
extern Pipeline *PipelineOfParts(const Pipeline *p);

/* Must no window be requested twice, because repeated rows would be stored twice? */
extern bool StrategyAsksOnce(const Pipeline *p);

extern const MergeStrategy AppendStrategy;
extern const MergeStrategy UpsertStrategy;
extern const MergeStrategy Scd2Strategy;
extern const MergeStrategy LoadHistoryStrategy;
extern const MergeStrategy ReplaceStrategy;
extern const MergeStrategy ReplaceWindowStrategy;

#endif
