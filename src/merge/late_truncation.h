/*
 * late_truncation.h
 *	  Delete staged rows that are older than a truncation of their table.
 */
#ifndef ELT_MERGE_LATE_TRUNCATION_H
#define ELT_MERGE_LATE_TRUNCATION_H

#include "postgres.h"
#include "source/definition.h"

/*
 * Stage a delete for each key with a row that is older than a truncation of which this batch or one
 * before has told. Returns how many rows that adds.
 */
extern int64 LateTruncationStage(const Pipeline *p, const SourceDefinition *source);

#endif
