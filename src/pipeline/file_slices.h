/*
 * file_slices.h
 *	  The slices of files that a run loads, and the wait until those are complete.
 */
#ifndef ELT_PIPELINE_FILE_SLICES_H
#define ELT_PIPELINE_FILE_SLICES_H

#include "pipeline/execution.h"
#include "pipeline/file_plan.h"

/*
 * The files that this run is to load. NULL: it has to wait first, see FilesAwait.
 */
extern FilePlan *FilesOfRun(Execution *e);

/* The names that the pipeline wants, NIL for all; false: a query says that it wants none. */
extern bool FileNamesOf(const Pipeline *p, const SourceDefinition *source, List **names);

/* The params of their slices (char *). */
extern List *FileCombinations(const FilePlan *plan);

/* Tell their slices, in the same order, what is known of the files. */
extern void FileSlicesMark(const FilePlan *plan, List *slices);

/* As many as a run may load. */
extern List *FileSlicesLimit(const FilePolicy *policy, List *slices);

/* Wait for files that were written just now, if the run does so, and plan it again; or an error. */
extern ErrorData *FilesAwait(Execution *e);

/* Error if more of its records were rejected than option "reject_file" allows. */
extern void FileJudgeRejects(Execution *e, const SliceParts *staged);

/* Error if the file at hand was changed while it was read. */
extern void FileVerify(Execution *e);

#endif
