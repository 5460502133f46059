/*
 * preview.h
 *	  Preview what a staged batch would do to its target, without writing anything.
 */
#ifndef ELT_MERGE_PREVIEW_H
#define ELT_MERGE_PREVIEW_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/run.h"
#include "catalog/staged.h"
#include "source/definition.h"

/* A row of a class; JSON texts, NULL: there is none. */
typedef struct PreviewSample
{
	const char *class;			/* as the field of MergeCounts */
	char	   *key;
	char	   *stored;			/* of both, when both are there, what differs */
	char	   *staged;
} PreviewSample;

typedef struct MergePreview
{
	MergeCounts counts;
	char	   *refused;		/* the check that would refuse the batch; NULL: none */
	char	   *unproven;		/* of a full load: why it deletes nothing; NULL: it may */
	char	   *doubt;			/* of scopes: why it deletes not all that is missing; NULL: it does */
	char	   *guards;			/* that object to its deletes; NULL: none */
	List	   *samples;		/* PreviewSample *, class by class */
} MergePreview;

/* As LandStaged would land it now. SPI must be connected. */
extern MergePreview *MergeLook(const Pipeline *p, const SourceDefinition *source,
							   const StagedBatch *batch, int samples);

/*
 * The same of the staged rows of a child that are left when its checks have been applied and its
 * parents have landed.
 */
extern MergePreview *MergeLookAtRest(const Pipeline *p, const SourceDefinition *source, int64 rows,
									 int samples);

#endif
