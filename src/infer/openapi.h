/*
 * openapi.h
 *	  IMPORT FOREIGN SCHEMA openapi: foreign tables from the description of an API.
 */
#ifndef ELT_INFER_OPENAPI_H
#define ELT_INFER_OPENAPI_H

#include "postgres.h"
#include "nodes/pg_list.h"

/*
 * CREATE FOREIGN TABLE statements (char *) for the lists that requests with GET return; options
 * (DefElem *) are spec, its path on the server, and spec_server, if it is on another one.
 */
extern List *OpenApiImport(const char *server, List *options);

#endif
