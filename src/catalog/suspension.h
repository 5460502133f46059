/*
 * suspension.h
 *	  Pipelines whose runs failed several times in a row, elt_catalog.failure.
 *
 * After suspend_after failures a pipeline is suspended: what would start its runs waits or is left
 * out, and one run is tried after each of a series of growing pauses. A success ends it.
 * SPI must be connected.
 */
#ifndef ELT_CATALOG_SUSPENSION_H
#define ELT_CATALOG_SUSPENSION_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Condition in SQL: is pipeline id, an expression, suspended at the moment? */
#define IS_SUSPENDED(id) \
	"exists (select from elt_catalog.failure f where f.pipeline_id = " id \
	" and f.suspended_until > clock_timestamp() and f.failed_at <= clock_timestamp())"

/* Count a failure; returns whether the pipeline is suspended. */
extern bool FailureCount(const Pipeline *p);
/* Its last run has succeeded, or somebody has resumed it; returns whether it was suspended. */
extern bool FailureForget(const Pipeline *p);
/* When the next suspension ends, of a pipeline that is not paused, if one does. */
extern bool SuspensionNextEnd(TimestampTz *when);

#endif
