/*
 * sql_name.h
 *	  Open relations by OID, and write names of relations, columns and collations into statements.
 *
 * A relation that was dropped, as a source or a target can be while its pipeline stays, is an error
 * that says so.
 */
#ifndef ELT_BASE_SQL_NAME_H
#define ELT_BASE_SQL_NAME_H

#include "postgres.h"
#include "catalog/pg_attribute.h"
#include "nodes/pg_list.h"
#include "storage/lockdefs.h"
#include "utils/relcache.h"

/*
 * Open a relation of any kind, to be closed with relation_close; raises an error when it was
 * dropped.
 */
extern Relation RelationOpen(Oid relid, LOCKMODE lock);
extern Oid	RelationOwner(Oid relid);
extern char *QuotedRelation(Oid relid); /* schema-qualified and quoted */
extern char *RelationLabel(Oid relid);	/* schema-qualified, for a message that quotes it */
extern char *QuotedCollation(Oid collation);	/* schema-qualified and quoted */
extern List *ColumnNamesOf(TupleDesc desc); /* char *, of all that are not dropped */
extern List *ColumnNames(Oid relid);	/* the same of a relation */
/* As a column definition has it, with its collation when that is not the type's. */
extern char *ColumnType(Form_pg_attribute att);
extern char *QuotedColumns(List *names, const char *alias); /* "a, b" or "t.a, t.b" */
extern char *InsertedColumns(Oid relid);	/* "a, b": all that INSERT takes, without generated ones */
extern char *ColumnsAsJson(List *names, const char *alias); /* "jsonb_build_object('a', t.a)" */
extern bool NamesContain(List *names, const char *name);	/* of char * */
extern List *NamesWithout(List *names, List *others);	/* those that are not among others */
extern bool NamesAreSame(List *a, List *b); /* in this order */

#endif
