/*
 * change_index.h
 *	  The index by which rows that a pipeline has landed lately are found.
 */
#ifndef ELT_PIPELINE_CHANGE_INDEX_H
#define ELT_PIPELINE_CHANGE_INDEX_H

#include "postgres.h"
#include "catalog/pipeline.h"

/*
 * Create it on the target of the parent for transform p if there is none. A notice says so where it
 * cannot be created: p's owner does not own the target, the target is too large to be locked
 * meanwhile, or another session uses it.
 */
extern void ChangeIndexEnsure(const Pipeline *p, const Pipeline *parent);

#endif
