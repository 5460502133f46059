/*
 * file_policy.h
 *	  How pipelines load the files of a source, each of them once.
 */
#ifndef ELT_SOURCE_FILE_POLICY_H
#define ELT_SOURCE_FILE_POLICY_H

#include "postgres.h"

/* The name of a file in the params of its slice. */
#define FILE_PARAM "file"

/* What happens to a file that has changed since it landed. */
typedef enum OnChange
{
	ON_CHANGE_DEFAULT,			/* reload where the strategy can, else fail */
	ON_CHANGE_RELOAD,			/* its rows replace those of the version before */
	ON_CHANGE_MERGE,			/* its rows are merged, what it lacks stays */
	ON_CHANGE_IGNORE,
	ON_CHANGE_FAIL
} OnChange;

/* What happens to a file after it has landed, or was rejected. */
typedef enum Disposal
{
	DISPOSAL_KEEP,
	DISPOSAL_MOVE,
	DISPOSAL_DELETE
} Disposal;

typedef struct FilePolicy
{
	int			settle_ms;		/* age at which a file is complete; 0: at once */
	char	   *done_file;		/* name of the file that says it is, with {name}; NULL: none does */
	OnChange	on_change;
	bool		by_time;		/* order of loading: oldest first; else by name */
	int			max_files;		/* of a run; 0: all */
	int64		max_bytes;		/* the same */
	double		reject_percent; /* bad records above which it is rejected whole; below 0: none */
	Disposal	after_load;
	char	   *loaded_to;		/* folder to which it moves then; or NULL */
	Disposal	on_reject;
	char	   *rejected_to;
} FilePolicy;

#endif
