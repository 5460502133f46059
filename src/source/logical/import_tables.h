/*
 * import_tables.h
 *	  IMPORT FOREIGN SCHEMA: foreign tables for the tables of a publication.
 */
#ifndef ELT_SOURCE_LOGICAL_IMPORT_TABLES_H
#define ELT_SOURCE_LOGICAL_IMPORT_TABLES_H

#include "postgres.h"
#include "foreign/foreign.h"

/* The statements (char *) that create them; see SourceKind.import_schema. */
extern bool ImportTables(const ForeignServer *server, const char *schema, List *options,
						 List **statements);

#endif
