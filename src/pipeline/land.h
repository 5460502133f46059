/*
 * land.h
 *	  Checks, quarantine, merge, cursor and counts of a staged batch, in one transaction.
 */
#ifndef ELT_PIPELINE_LAND_H
#define ELT_PIPELINE_LAND_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/run.h"
#include "catalog/staged.h"
#include "merge/preview.h"
#include "pipeline/landing.h"
#include "source/definition.h"

/*
 * In the caller's transaction, counted in this run; a batch that merged is forgotten. Children land
 * with their pipeline, whose staged batch is the argument. recount: the owner may have changed
 * staged rows.
 */
extern Landing LandStaged(const Pipeline *p, const SourceDefinition *source,
						  const StagedBatch *batch, int64 run_id, bool recount);

/*
 * What that would do to the table of a child. To find it out its parents land, which the caller has
 * to roll back.
 */
extern MergePreview *LandLook(const Pipeline *p, const SourceDefinition *source,
							  const StagedBatch *batch, const Pipeline *child, int samples);

#endif
