/*
 * scd2_preview.h
 *	  Preview what a staged batch would do to a history.
 */
#ifndef ELT_MERGE_SCD2_PREVIEW_H
#define ELT_MERGE_SCD2_PREVIEW_H

#include "postgres.h"
#include "merge/shape.h"

extern char *Scd2Preview(const MergeShape *shape);

#endif
