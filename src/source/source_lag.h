/*
 * source_lag.h
 *	  How far a source is ahead of what has landed.
 */
#ifndef ELT_SOURCE_SOURCE_LAG_H
#define ELT_SOURCE_SOURCE_LAG_H

#include "postgres.h"

typedef struct SourceLag
{
	char	   *name;			/* of what is read, such as a replication slot */
	const char *state;
	bool		has_bytes;		/* false: they are not known */
	int64		bytes;			/* that have not landed */
	bool		has_retained;
	int64		retained;		/* that the source keeps for the pipeline */
} SourceLag;

#endif
