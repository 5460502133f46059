/*
 * row_security.h
 *	  Check that row security of a target does not hide its rows from the pipeline's owner.
 */
#ifndef ELT_MERGE_ROW_SECURITY_H
#define ELT_MERGE_ROW_SECURITY_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Error unless the owner of the pipeline sees every row of its target. */
extern void TargetCheckVisible(const Pipeline *p);

#endif
