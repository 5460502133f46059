/*
 * scd2_target.h
 *	  The tables of a dimension that keeps its history.
 *
 *		<target>			versions: surrogate key, attributes, valid_from, valid_to, is_current
 *		<target>_observed	every accepted row: what a history of events is made of
 *		<target>_restated	spans of published history whose surrogate key has changed
 */
#ifndef ELT_MERGE_SCD2_TARGET_H
#define ELT_MERGE_SCD2_TARGET_H

#include "postgres.h"
#include "merge/scd2_shape.h"

/* Find or create the tables as the pipeline's owner; p need not be in the catalogue. */
extern Oid	Scd2TargetEnsure(const char *target_name, const Pipeline *p,
							 const SourceDefinition *source);

/* Error when one of the tables lacks a column that a merge writes. */
extern void Scd2TargetCheck(MergeShape *shape);

/* Of a history whose tables have what a merge writes. */
extern MergeShape *Scd2ShapeOf(const Pipeline *p);

/* The index that late_horizon needs, after it was altered. */
extern void Scd2OptionsChanged(const Pipeline *p);

#endif
