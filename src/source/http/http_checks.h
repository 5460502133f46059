/*
 * http_checks.h
 *	  What the validator of elt_http cannot see.
 */
#ifndef ELT_SOURCE_HTTP_HTTP_CHECKS_H
#define ELT_SOURCE_HTTP_HTTP_CHECKS_H

#include "source/definition.h"

/* Table and columns against each other; fills in def->params. */
extern void HttpCheck(SourceDefinition *def);
/* Error unless the server's owner may reach what its options allow, today. */
extern void HttpCheckRights(const SourceDefinition *def);

#endif
