/*
 * absence.h
 *	  Rows of a target that a full load no longer has: which they are, and what becomes of them.
 *
 * Found before the checks take rows out of the batch, so that a row in quarantine does not look
 * as if it were gone; carried out after the merge.
 */
#ifndef ELT_MERGE_ABSENCE_H
#define ELT_MERGE_ABSENCE_H

#include "postgres.h"
#include "catalog/full_load.h"
#include "catalog/run.h"
#include "catalog/staged.h"
#include "merge/shape.h"

typedef struct Absence
{
	const MergeShape *shape;	/* of the merge that it was looked for in */
	FullLoad   *load;
	char	   *unproven;		/* why the load proves nothing; NULL: it is complete */
	int64		absent;			/* rows of the target that it asked for and lacks */
	char	   *guards;			/* those that hold the deletes, line by line; NULL: none */
} Absence;

/* Error unless the pipeline's load and strategy can tell what is gone. */
extern void AbsenceCheckOptions(const Pipeline *p, const SourceDefinition *source);

/* What the staged batch lacks, read only; NULL when absence means nothing to the pipeline. */
extern Absence *AbsenceLook(const MergeShape *shape, const StagedBatch *batch);

/* The statements that look for what the staged batch lacks, for people to read; NULL: none. */
extern char *AbsenceSql(const MergeShape *shape);

/* A SELECT of the rows that it lacks, as a strategy's preview has them. */
extern char *AbsenceRows(const Absence *a);

/* Look, and keep the absent keys until AbsenceLand or AbsenceForget. */
extern Absence *AbsenceFind(const Pipeline *p, const SourceDefinition *source,
							const StagedBatch *batch);
/* Delete, or hold; a is NULL or what AbsenceFind returned. */
extern void AbsenceLand(const Pipeline *p, const StagedBatch *batch, const Absence *a,
						MergeCounts *counts);
extern void AbsenceForget(const Pipeline *p, const Absence *a);

/* Carry out the deletes that a load held and that still apply; returns how many. */
extern int64 AbsenceApprove(const Pipeline *p, const SourceDefinition *source,
							const HeldLoad *held);

#endif
