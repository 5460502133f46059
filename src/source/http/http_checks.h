/*
 * http_checks.h
 *	  Checks that the validator of elt_http cannot do.
 */
#ifndef ELT_SOURCE_HTTP_HTTP_CHECKS_H
#define ELT_SOURCE_HTTP_HTTP_CHECKS_H

#include "source/definition.h"

/* Check table and columns for consistency, and set def->params. */
extern void HttpCheck(SourceDefinition *def);
/* Raise an error unless the server's owner is permitted to use its options. */
extern void HttpCheckRights(const SourceDefinition *def);

#endif
