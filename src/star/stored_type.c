/*
 * stored_type.c
 *	  Whether what is stored of a source still has the types of the source.
 *
 * The type of a column of the source may change. Most values that do not fit what is stored are refused
 * by PostgreSQL, but numbers and times are rounded without a word.
 */
#include "base/compat.h"
#include "star/stored_type.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"

void
StoredTypesCheck(Oid source, const char *table, List *columns, const char *remedy)
{
	Sql			q;

	SqlBeginKept(&q, "select a.attname, format_type(a.atttypid, a.atttypmod),"
				 " format_type(s.atttypid, s.atttypmod)"
				 " from pg_attribute a join pg_attribute s on s.attname = a.attname"
				 " join pg_type t on t.oid = s.atttypid"
				 " where a.attrelid = $1 and s.attrelid = $2::regclass and a.attname = any ($3)"
				 " and t.typcategory in ('N', 'D', 'T') and not"
				 " (a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)"
				 " and s.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype))"
				 " and (a.atttypid <> s.atttypid or a.atttypmod <> s.atttypmod and s.atttypmod <> -1)"
				 " order by a.attnum limit 1");
	SqlAddOid(&q, OIDOID, source);
	SqlAddText(&q, table);
	SqlAddTextArray(&q, columns);
	if (SqlRun(&q, AsCatalog()) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of relation \"%s\" has type %s, and %s in \"%s\"",
						SqlText(&q, 0, 1), RelationLabel(source), SqlText(&q, 0, 2),
						SqlText(&q, 0, 3), table),
				 errhint("%s", remedy)));
	SqlDone(&q);
}
