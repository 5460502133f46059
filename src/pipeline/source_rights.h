/*
 * source_rights.h
 *	  Check that a pipeline's owner may read its source.
 */
#ifndef ELT_PIPELINE_SOURCE_RIGHTS_H
#define ELT_PIPELINE_SOURCE_RIGHTS_H

#include "postgres.h"

/* Error unless the role may read the source now. */
extern void SourceCheckReadable(Oid source, Oid role);

#endif
