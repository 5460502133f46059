/*
 * plain_target.h
 *	  The target of a strategy that stores rows unchanged: one table, created or compared.
 */
#ifndef ELT_MERGE_PLAIN_TARGET_H
#define ELT_MERGE_PLAIN_TARGET_H

#include "postgres.h"
#include "merge/shape.h"

extern Oid	PlainTargetEnsure(const char *target_name, const Pipeline *p,
							  const SourceDefinition *source);
/* Does a column of it have a type of which ranges of values limit what is read? */
extern bool TargetColumnHasRange(Oid target, const char *column);
/* Error when it does not fit; else the shape learns the range column. */
extern void PlainTargetCheck(MergeShape *shape);

#endif
