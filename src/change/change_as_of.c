/*
 * change_as_of.c
 *	  The function that returns a target's rows as of a time, from its rows and its change log.
 *
 * It is one query of a function in SQL, which the planner puts in place of the call, so that conditions
 * on the key reach the index of the target. With a key the first change of a row after that time has
 * the row as it was, and rows without one are as they are. Without a key rows are counted: those of
 * the target and those that were removed since, less those that were added.
 */
#include "base/compat.h"
#include "change/change_view.h"

#include "access/relation.h"
#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "lib/stringinfo.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

/* Changes after the time, as l. */
static char *
Since(const ChangeLog *log)
{
	return psprintf("%s AS l JOIN %s AS c ON c._commit_id = l._commit_id\n"
					"\tWHERE c._committed_at > $1 AND l._change_id >= "
					"(SELECT min(m._commit_id) FROM %s AS m WHERE m._committed_at > $1)",
					QuotedRelation(log->log), QuotedRelation(log->commits),
					QuotedRelation(log->commits));
}

/* An error where the log does not go back so far; a subquery is asked once for all rows. */
static char *
Reached(const ChangeLog *log)
{
	return psprintf("(SELECT elt.check_change_log(%s, $1))",
					quote_literal_cstr(QuotedRelation(log->relation)));
}

static char *
KeysEqual(const ChangeLog *log)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, log->key)
		AppendItem(&sql, " AND ", "l.%1$s = t.%1$s", quote_identifier(lfirst(lc)));
	return sql.data;
}

static char *
ByKey(const ChangeLog *log, List *columns)
{
	const char *keys = QuotedColumns(log->key, "l");

	return psprintf("SELECT %s FROM %s AS t\nWHERE %s AND NOT EXISTS (SELECT FROM %s AND %s)\n"
					"UNION ALL\nSELECT %s FROM (SELECT DISTINCT ON (%s) l.* FROM %s\n"
					"\tORDER BY %s, l._change_id) AS f\nWHERE %s AND f._change IN ('b', 'd', '-')",
					QuotedColumns(columns, "t"), QuotedRelation(log->relation), Reached(log),
					Since(log), KeysEqual(log), QuotedColumns(columns, "f"), keys, Since(log), keys,
					Reached(log));
}

static char *
ByCount(const ChangeLog *log, List *columns)
{
	const char *logged = QuotedColumns(columns, "l");

	return psprintf("(SELECT %s FROM %s AS t WHERE %s\nUNION ALL\n"
					"SELECT %s FROM %s AND l._change IN ('b', 'd', '-') AND %s)\nEXCEPT ALL\n"
					"SELECT %s FROM %s AND l._change IN ('a', 'i', '+') AND %s",
					QuotedColumns(columns, "t"), QuotedRelation(log->relation), Reached(log),
					logged, Since(log), Reached(log), logged, Since(log), Reached(log));
}

/* A column whose values cannot be compared, or NULL. */
static char *
Incomparable(Oid relation)
{
	Relation	rel = RelationOpen(relation, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	char	   *name = NULL;

	for (int i = 0; i < desc->natts && name == NULL; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped &&
			!OidIsValid(lookup_type_cache(att->atttypid, TYPECACHE_EQ_OPR)->eq_opr))
			name = pstrdup(NameStr(att->attname));
	}
	relation_close(rel, NoLock);
	return name;
}

static bool
CanCompare(const ChangeLog *log)
{
	char	   *column = log->key == NIL ? Incomparable(log->relation) : NULL;

	if (column == NULL)
		return true;
	ereport(NOTICE,
			(errmsg("there is no function for rows of table \"%s\" as of a time",
					RelationLabel(log->relation)),
			 errdetail("It has no key, and values of column \"%s\" cannot be compared.", column)));
	return false;
}

char *
ChangeAsOfName(const ChangeLog *log)
{
	const char *schema = get_namespace_name(get_rel_namespace(log->log));

	return log->as_of == NULL ? NULL : quote_qualified_identifier(schema, log->as_of);
}

/* A change of the target must not fail because the owner of its log has lost a privilege. */
static bool
MayMake(const ChangeLog *log, Oid function)
{
	Oid			owner = RelationOwner(log->log);

	if (OidIsValid(function) ||
		NamespaceAclCheck(get_rel_namespace(log->log), owner, ACL_CREATE) == ACLCHECK_OK)
		return true;
	ereport(WARNING,
			(errmsg("function \"%s\" was not created", ChangeAsOfName(log)),
			 errdetail("The owner of the change log may not create objects in the schema."),
			 errhint("Grant CREATE on the schema, and set option \"change_log\" again.")));
	return false;
}

/* A function of another role is not replaced with the privileges of the extension's owner. */
static Oid
MakerOf(Oid function, Oid owner)
{
	return OidIsValid(function) && FunctionOwner(function) == owner
		? ChangeMaker(get_func_namespace(function), owner) : owner;
}

void
ChangeAsOfCreate(ChangeLog *log)
{
	Oid			owner = RelationOwner(log->log);
	List	   *columns = ColumnNames(log->relation);
	const char *name;
	char	   *function;

	if (log->as_of == NULL || !CanCompare(log))
	{
		log->as_of = NULL;
		return;
	}
	name = ChangeAsOfName(log);
	if (!MayMake(log, AsOfFunction(name)))
		return;
	function = log->key != NIL ? ByKey(log, columns) : ByCount(log, columns);
	SqlExec(psprintf("CREATE OR REPLACE FUNCTION %s(at timestamptz) RETURNS SETOF %s\n"
					 "LANGUAGE sql STABLE AS %s", name, QuotedRelation(log->relation),
					 quote_literal_cstr(function)), MakerOf(AsOfFunction(name), owner));
	SqlExec(psprintf("COMMENT ON FUNCTION %s IS %s", name,
					 quote_literal_cstr(psprintf("rows of %s as of a time",
												 get_rel_name(log->relation)))), owner);
	SqlExec(psprintf("REVOKE ALL ON FUNCTION %s FROM PUBLIC", name), owner);
	ChangeGoesWith(ProcedureRelationId, AsOfFunction(name), log->relation);
}
