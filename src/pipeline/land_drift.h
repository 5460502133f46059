/*
 * land_drift.h
 *	  Fields that a batch lacks when it lands: tell of them, or hold it for them.
 */
#ifndef ELT_PIPELINE_LAND_DRIFT_H
#define ELT_PIPELINE_LAND_DRIFT_H

#include "postgres.h"
#include "catalog/staged.h"
#include "pipeline/landing.h"
#include "source/definition.h"

/*
 * Record them, and what is new in the batch. lists (char *) are the records options of the other
 * tables that land with this one.
 */
extern void LandDrift(const Pipeline *p, const SourceDefinition *source, const StagedBatch *batch,
					  List *lists, Landing *landing);

#endif
