/*
 * run_pool.h
 *	  Pools of pipelines, elt_catalog.pool.
 */
#ifndef ELT_CATALOG_RUN_POOL_H
#define ELT_CATALOG_RUN_POOL_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Error when a pipeline is to be in a pool that does not exist. */
extern void PoolCheck(const Pipeline *p);

#endif
