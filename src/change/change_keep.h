/*
 * change_keep.h
 *	  Begin and end the change log of a target.
 */
#ifndef ELT_CHANGE_CHANGE_KEEP_H
#define ELT_CHANGE_CHANGE_KEEP_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "utils/relcache.h"

/* Has a table no triggers but those of its change log, which change nothing of its rows? */
extern bool HasChangeTriggersOnly(Relation target);
/* Log the changes of the pipeline's target as its options and those of others of that target say. */
extern void ChangeLogKeep(const Pipeline *p);
/* Let the new owner, if the log is theirs, approve that its partitions are made and dropped. */
extern void ChangeLogHandOver(const Pipeline *p);

#endif
