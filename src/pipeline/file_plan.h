/*
 * file_plan.h
 *	  Decide which files of a source a run loads.
 */
#ifndef ELT_PIPELINE_FILE_PLAN_H
#define ELT_PIPELINE_FILE_PLAN_H

#include "pipeline/execution.h"
#include "source/file_policy.h"

/* What a listing and the ledger make of the files of a source. */
typedef struct FilePlan
{
	List	   *due;			/* DueFile *, in the order of loading */
	int64		listed;
	int64		known;			/* unchanged since they were read */
	List	   *settling;		/* ListedFile *, that may not be complete yet */
	TimestampTz settled_at;		/* when all of them are; 0: no time tells that */
	bool		tells;			/* the ledger does not know yet of some that are refused, of such that
								 * are gone, or not complete for a reason that only it can end */
} FilePlan;

/* A file to be loaded. */
typedef struct DueFile
{
	const char *name;
	int64		size;
	TimestampTz modified;
	bool		is_landed;		/* a version of it has landed, which it must still be */
	int64		landed_size;
	char	   *landed_checksum;
} DueFile;

/* Error when files of this source cannot be loaded so by the pipeline. */
extern void FilePolicyCheck(const Pipeline *p, const SourceDefinition *source);

/*
 * Compare the files that exist, of names (char *) or all for NIL, with the ledger, and record what
 * has come, changed or gone. all: load every one, whatever is known of it. definition: of the
 * pipeline, under which rejected files are not tried again. run NULL: a look only, which
 * records nothing.
 */
extern FilePlan *FilesPlan(const Pipeline *p, const SourceDefinition *source, const Run *run,
						   List *names, bool all, const char *definition);

#endif
