/*
 * drift.h
 *	  Fields that differ from what is declared: those that the source delivered earlier but no longer
 *	  does, those that are new, and those whose values the type of their column refuses. The only
 *	  reader and writer of elt_catalog.drift.
 */
#ifndef ELT_CATALOG_DRIFT_H
#define ELT_CATALOG_DRIFT_H

#include "postgres.h"
#include "catalog/staged.h"

/*
 * Fields (char *) that were delivered before and are in no record of this batch, in order; NIL
 * when it is too small to tell, or when on_missing_field is "ignore".
 */
extern List *DriftOf(const Pipeline *p, const StagedBatch *batch);

/*
 * Fields that are in no record of the first batch of a pipeline, whose paths may be wrong; NIL
 * later, and in the same cases. Ask before DriftRecord.
 */
extern List *DriftUnknown(const Pipeline *p, const StagedBatch *batch);

/*
 * Record the fields that the batch has and those that are missing, which DriftOf returned. Returns
 * those that have not been reported yet.
 */
extern List *DriftRecord(const Pipeline *p, const StagedBatch *batch, List *missing);

/* A field that is new, or whose values a type refuses. */
typedef struct DriftField
{
	char	   *field;			/* path within its record */
	const char *kind;			/* new, type */
	int64		records;
	char	   *sample;			/* or NULL */
	char	   *column_name;	/* that reads it or would; NULL: none is proposed */
	char	   *column_type;	/* that is proposed; or NULL */
	char	   *column_options; /* of a new column, as a definition has them */
	char	   *proposal;		/* statement; or NULL */
} DriftField;

/* Are its records too many for a field to be missing by chance? */
extern bool DriftIsLarge(const StagedBatch *batch);

/* Has an earlier batch had the declared field? */
extern bool DriftWasDelivered(const Pipeline *p, const char *field);

/* Were fields without a column looked for in an earlier batch? */
extern bool DriftKnowsFields(const Pipeline *p);
/* These (char *) were there in the first batch that was looked at: they are not new. */
extern void DriftSetKnown(const Pipeline *p, List *fields);
/* Those of fields (char *) that were neither there then nor are declared. */
extern List *DriftNotKnown(const Pipeline *p, List *fields);
extern int64 DriftCount(const Pipeline *p, const char *kind);
/* Record it, or that it goes on; is it told for the first time? */
extern bool DriftAdd(const Pipeline *p, const DriftField *field);
/* DriftField * with a proposal, for which nothing has been done; field NULL: all. */
extern List *DriftOpen(const Pipeline *p, const char *field);
/* All values of the other columns were taken in this batch; columns are names (char *). */
extern void DriftEndRefused(const Pipeline *p, List *columns);
/* These are not new any more: a child reads them. */
extern void DriftEndNew(const Pipeline *p, List *fields);
/* Columns that were added within a day. */
extern int64 DriftAddedToday(const Pipeline *p);
extern void DriftSetApplied(const Pipeline *p, const DriftField *field);

/* "field "a" is", "fields "a", "b" are"; then missing from how many records. */
extern char *DriftText(const StagedBatch *batch, List *fields);

#endif
