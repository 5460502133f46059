/*
 * import_schema.h
 *	  IMPORT FOREIGN SCHEMA: foreign tables that a server proposes.
 */
#ifndef ELT_LIVE_IMPORT_SCHEMA_H
#define ELT_LIVE_IMPORT_SCHEMA_H

#include "postgres.h"
#include "foreign/fdwapi.h"

extern List *ImportSchema(ImportForeignSchemaStmt *stmt, Oid server);

#endif
