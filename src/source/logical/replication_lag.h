/*
 * replication_lag.h
 *	  How far the server is ahead of what has landed.
 */
#ifndef ELT_SOURCE_LOGICAL_REPLICATION_LAG_H
#define ELT_SOURCE_LOGICAL_REPLICATION_LAG_H

#include "postgres.h"
#include "source/definition.h"
#include "source/source_lag.h"

/* text is the position that has landed, or NULL. */
extern void ReplicationLag(const SourceDefinition *def, const char *text, SourceLag *lag);

#endif
