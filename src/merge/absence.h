/*
 * absence.h
 *	  Rows of a target that are missing from a full load: find them, and delete them or leave that pending.
 *
 * They are found before the checks remove rows from the batch, so that a row in quarantine does not
 * count as missing, and deleted after the merge.
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
	char	   *guards;			/* those that object to the deletes, line by line; NULL: none */
} Absence;

/* Error unless the pipeline's load and strategy can detect absent rows. */
extern void AbsenceCheckOptions(const Pipeline *p, const SourceDefinition *source);

/* Table of the keys that AbsenceLand will delete; NULL: none. a may be NULL. */
extern char *AbsenceDeletedKeys(const Absence *a);

/* Find rows missing from the staged batch, read only; NULL unless the pipeline deletes them. */
extern Absence *AbsenceLook(const MergeShape *shape, const StagedBatch *batch);

/* The statements that find rows missing from the staged batch, for display; NULL: none. */
extern char *AbsenceSql(const MergeShape *shape);

/* A SELECT of the missing rows, in the form of a strategy's preview. */
extern char *AbsenceRows(const Absence *a);

/* Find the absent keys and keep them until AbsenceLand or AbsenceForget. */
extern Absence *AbsenceFind(const Pipeline *p, const SourceDefinition *source,
							const StagedBatch *batch);
/* Delete, or leave it pending; a is NULL or what AbsenceFind returned. */
extern void AbsenceLand(const Pipeline *p, const StagedBatch *batch, const Absence *a,
						MergeCounts *counts);
extern void AbsenceForget(const Pipeline *p, const Absence *a);

/* Keys of the staged batch must not be deleted, whatever it says of others. */
extern void AbsenceForgetReturned(const MergeShape *shape);

/* Carry out the pending deletes of a load that still apply; returns how many. */
extern int64 AbsenceApprove(const Pipeline *p, const SourceDefinition *source,
							const PendingLoad *pending);

#endif
