/*
 * scd2_options.h
 *	  Check the options of a history against its source and each other.
 */
#ifndef ELT_MERGE_SCD2_OPTIONS_H
#define ELT_MERGE_SCD2_OPTIONS_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Error unless they do; of a history of events, and of one by load. */
extern void Scd2CheckOptions(const Pipeline *p);
extern void LoadHistoryCheckOptions(const Pipeline *p);

#endif
