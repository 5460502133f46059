/*
 * http_checks.h
 *	  Checks that the validator of elt_http cannot do.
 */
#ifndef ELT_SOURCE_HTTP_HTTP_CHECKS_H
#define ELT_SOURCE_HTTP_HTTP_CHECKS_H

#include "source/definition.h"

#define ALLOW_PRIVATE_DETAIL "The option allows requests to private and loopback addresses."
#define PROXY_DETAIL \
	"The proxy resolves the names of hosts, so private addresses behind a name are not recognized."

/* Check table and columns for consistency, and set def->params. */
extern void HttpCheck(SourceDefinition *def);
/* Raise an error unless the server's owner is permitted to use its options. */
extern void HttpCheckRights(const SourceDefinition *def);

#endif
