/*
 * import_schema.c
 *	  IMPORT FOREIGN SCHEMA: foreign tables that a server proposes.
 *
 * The name of the remote schema says what tables are made from, and each kind of source knows its own.
 */
#include "base/compat.h"
#include "live/import_schema.h"

#include "foreign/foreign.h"
#include "infer/openapi.h"
#include "source/kinds.h"

List *
ImportSchema(ImportForeignSchemaStmt *stmt, Oid server)
{
	ForeignServer *of = GetForeignServer(server);
	const SourceKind *kind = KindOfWrapper(GetForeignDataWrapper(of->fdwid)->fdwname);
	List	   *statements = NIL;

	if (kind != NULL && strcmp(kind->wrapper, "elt_http") == 0 &&
		strcmp(stmt->remote_schema, "openapi") == 0)
		return OpenApiImport(of->servername, stmt->options);
	if (kind != NULL && kind->import_schema != NULL &&
		kind->import_schema(of, stmt->remote_schema, stmt->options, &statements))
		return statements;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
			 errmsg("schema \"%s\" cannot be imported from server \"%s\"", stmt->remote_schema,
					of->servername),
			 kind != NULL && kind->imports != NULL ?
			 errhint("Servers of wrapper \"%s\" have: %s.", kind->wrapper, kind->imports) : 0));
}
