/*
 * http_explain.h
 *	  EXPLAIN output of a live SELECT from an HTTP API.
 */
#ifndef ELT_SOURCE_HTTP_HTTP_EXPLAIN_H
#define ELT_SOURCE_HTTP_HTTP_EXPLAIN_H

#include "source/kind.h"

extern void HttpExplain(const struct SourceDefinition *def, const ScanFacts *facts,
						struct ExplainState *es);

#endif
