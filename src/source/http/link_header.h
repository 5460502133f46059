/*
 * link_header.h
 *	  The Link header of RFC 8288.
 */
#ifndef ELT_SOURCE_HTTP_LINK_HEADER_H
#define ELT_SOURCE_HTTP_LINK_HEADER_H

#include "postgres.h"

/* The target of the first link with this relation, or NULL. */
extern char *LinkTarget(const char *header, const char *relation);

#endif
