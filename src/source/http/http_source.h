/*
 * http_source.h
 *	  HTTP APIs as a kind of source.
 */
#ifndef ELT_SOURCE_HTTP_HTTP_SOURCE_H
#define ELT_SOURCE_HTTP_HTTP_SOURCE_H

#include "source/definition.h"
#include "source/kind.h"

extern const SourceKind HttpKind;

/* The members that have files of their own. */
extern void HttpCheck(SourceDefinition *def);
extern void HttpCheckRights(const SourceDefinition *def);
extern void HttpExplain(const SourceDefinition *def, const ScanFacts *facts,
						struct ExplainState *es);

#endif
