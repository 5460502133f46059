/*
 * same_request.h
 *	  Check that two foreign tables describe the same request.
 */
#ifndef ELT_SOURCE_SAME_REQUEST_H
#define ELT_SOURCE_SAME_REQUEST_H

#include "postgres.h"
#include "source/definition.h"

/*
 * Error unless a child's rows can be read from the responses that its parent requests: from the same
 * server, with the same options but for the place of the records.
 */
extern void SourceCheckSameRequest(const SourceDefinition *parent, const SourceDefinition *child);

#endif
