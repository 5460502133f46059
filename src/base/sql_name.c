/*
 * sql_name.c
 *	  Open relations by OID, and write names of relations, columns and collations into statements.
 */
#include "base/compat.h"
#include "base/sql_name.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "base/item_list.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

static void
pg_attribute_noreturn()
ReportGone(Oid relid)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("relation with OID %u does not exist", relid),
			 errhint("Use elt.alter_pipeline(name, source => ...) to change the source of a "
					 "pipeline. A pipeline whose target was dropped must be dropped as well. "
					 "Dimensions and facts are given another source with replace => true.")));
}

Relation
RelationOpen(Oid relid, LOCKMODE lock)
{
	Relation	rel = try_relation_open(relid, lock);

	if (rel == NULL)
		ReportGone(relid);
	return rel;
}

/* A copy of its row in the catalogue. */
static Form_pg_class
RelationForm(Oid relid)
{
	HeapTuple	tuple = SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(relid));

	if (!HeapTupleIsValid(tuple))
		ReportGone(relid);
	return (Form_pg_class) GETSTRUCT(tuple);
}

Oid
RelationOwner(Oid relid)
{
	return RelationForm(relid)->relowner;
}

static char *
SchemaOf(Oid relid)
{
	char	   *schema = get_namespace_name(RelationForm(relid)->relnamespace);

	if (schema == NULL)
		ReportGone(relid);
	return schema;
}

char *
QuotedRelation(Oid relid)
{
	char	   *schema = SchemaOf(relid);

	return quote_qualified_identifier(schema, NameStr(RelationForm(relid)->relname));
}

char *
RelationLabel(Oid relid)
{
	char	   *schema = SchemaOf(relid);

	return psprintf("%s.%s", schema, NameStr(RelationForm(relid)->relname));
}

/* Always qualified: statements run with a search_path of their own. */
char *
QuotedCollation(Oid collation)
{
	HeapTuple	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	Form_pg_collation form;
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", collation);
	form = (Form_pg_collation) GETSTRUCT(tuple);
	name = quote_qualified_identifier(get_namespace_name(form->collnamespace),
									  NameStr(form->collname));
	ReleaseSysCache(tuple);
	return name;
}

char *
ColumnType(Form_pg_attribute att)
{
	char	   *type = format_type_extended(att->atttypid, att->atttypmod,
											FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);

	if (OidIsValid(att->attcollation) && att->attcollation != get_typcollation(att->atttypid))
		type = psprintf("%s COLLATE %s", type, QuotedCollation(att->attcollation));
	return type;
}

bool
NamesContain(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	return false;
}

List *
NamesWithout(List *names, List *others)
{
	List	   *left = NIL;
	ListCell   *lc;

	foreach(lc, names)
		if (!NamesContain(others, lfirst(lc)))
			left = lappend(left, lfirst(lc));
	return left;
}

bool
NamesAreSame(List *a, List *b)
{
	ListCell   *x;
	ListCell   *y;

	if (list_length(a) != list_length(b))
		return false;
	forboth(x, a, y, b)
		if (strcmp(lfirst(x), lfirst(y)) != 0)
			return false;
	return true;
}

List *
ColumnNamesOf(TupleDesc desc)
{
	List	   *names = NIL;

	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			names = lappend(names, pstrdup(NameStr(TupleDescAttr(desc, i)->attname)));
	return names;
}

List *
ColumnNames(Oid relid)
{
	Relation	relation = RelationOpen(relid, AccessShareLock);
	List	   *names = ColumnNamesOf(RelationGetDescr(relation));

	relation_close(relation, NoLock);
	return names;
}

char *
QuotedColumns(List *names, const char *alias)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, names)
		AppendItem(&buf, ", ", "%s%s%s", alias ? alias : "", alias ? "." : "",
				   quote_identifier((char *) lfirst(lc)));
	return buf.data;
}

char *
InsertedColumns(Oid relid)
{
	Relation	relation = RelationOpen(relid, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(relation);
	List	   *names = NIL;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && att->attgenerated == '\0')
			names = lappend(names, pstrdup(NameStr(att->attname)));
	}
	relation_close(relation, AccessShareLock);
	return QuotedColumns(names, NULL);
}

char *
ColumnsAsJson(List *names, const char *alias)
{
	StringInfoData members;
	ListCell   *lc;

	initStringInfo(&members);
	foreach(lc, names)
		AppendItem(&members, ", ", "%s, %s.%s", quote_literal_cstr(lfirst(lc)), alias,
				   quote_identifier(lfirst(lc)));
	return psprintf("jsonb_build_object(%s)", members.data);
}
