/*
 * work.c
 *	  Create, empty and drop the work tables of merges.
 */
#include "base/compat.h"
#include "load/work.h"

#include "access/relation.h"
#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "lib/stringinfo.h"
#include "load/staging.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/*
 * Of an scd2 merge; of a load that deletes what it lacks; of a batch with repeated keys; of one that
 * replaces scopes, for which "absent" is too; of one with children; of one that the target refuses.
 */
static const char *const work_tables[] = {
	"left", "event", "affected", "had", "wanted", "absent", "changed", "repeated", "withheld",
	"differing", "fate", "gone", "scope", "refused"
};

static char *
WorkName(const Pipeline *p, const char *what)
{
	return psprintf("%s$%s", p->name, what);
}

char *
WorkTable(const Pipeline *p, const char *what)
{
	return quote_qualified_identifier("elt_staging", WorkName(p, what));
}

static Oid
WorkRelation(const Pipeline *p, const char *what)
{
	return get_relname_relid(WorkName(p, what), get_namespace_oid("elt_staging", false));
}

static bool
HasColumns(Relation rel, const char *columns)
{
	TupleDesc	desc = RelationGetDescr(rel);
	StringInfoData has;

	initStringInfo(&has);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped)
			AppendItem(&has, ", ", "%s %s", quote_identifier(NameStr(att->attname)),
					   ColumnType(att));
	}
	return strcmp(has.data, columns) == 0;
}

static bool
HasRights(const Pipeline *p, Oid relid)
{
	const AclMode rights = ACL_SELECT | ACL_INSERT | ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE;

	return RelationOwner(relid) == AsCatalog() &&
		pg_class_aclmask(relid, p->owner, rights, ACLMASK_ALL) == rights;
}

/* TRUNCATE would wait for who reads the table, as pg_dump does. */
static void
Empty(const Pipeline *p, const char *what, Oid relid)
{
	bool		alone = ConditionalLockRelationOid(relid, AccessExclusiveLock);

	SqlExec(psprintf("%s %s", alone ? "truncate" : "delete from", WorkTable(p, what)), AsCatalog());
}

static bool
IsUsed(Oid relid)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	bool		used = RelationGetNumberOfBlocks(rel) > 0;

	relation_close(rel, NoLock);
	return used;
}

static bool
Fits(const Pipeline *p, Oid relid, const char *columns)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	bool		fits = HasColumns(rel, columns);

	relation_close(rel, NoLock);
	return fits && HasRights(p, relid);
}

static void
Create(const Pipeline *p, const char *what, const char *columns)
{
	char	   *table = WorkTable(p, what);

	SqlExec(psprintf("create unlogged table %s (%s) with (autovacuum_enabled = false)", table,
					 columns), AsCatalog());
	StagingGrant(p, table, "select, insert, update, delete, truncate");
}

bool
WorkTableIsUsed(const Pipeline *p, const char *what)
{
	Oid			relid = WorkRelation(p, what);

	return OidIsValid(relid) && IsUsed(relid);
}

void
WorkTableEnsure(const Pipeline *p, const char *what, const char *columns)
{
	Oid			relid = WorkRelation(p, what);

	if (OidIsValid(relid) && Fits(p, relid, columns))
		return;
	if (OidIsValid(relid))
		SqlExec(psprintf("drop table %s", WorkTable(p, what)), AsCatalog());
	Create(p, what, columns);
}

void
WorkTableBegin(const Pipeline *p, const char *what, const char *columns)
{
	WorkTableEnsure(p, what, columns);
	WorkTableEnd(p, what);
}

void
WorkTableDrop(const Pipeline *p, const char *what)
{
	if (WorkTableExists(p, what))
		SqlExec(psprintf("drop table %s", WorkTable(p, what)), AsCatalog());
}

bool
WorkTableExists(const Pipeline *p, const char *what)
{
	return OidIsValid(WorkRelation(p, what));
}

List *
WorkTableColumns(const Pipeline *p, const char *what)
{
	Relation	rel = relation_open(WorkRelation(p, what), AccessShareLock);
	List	   *names = NIL;

	for (int i = 0; i < RelationGetDescr(rel)->natts; i++)
		names = lappend(names, pstrdup(NameStr(TupleDescAttr(RelationGetDescr(rel), i)->attname)));
	relation_close(rel, NoLock);
	return names;
}

void
WorkTableEnd(const Pipeline *p, const char *what)
{
	if (WorkTableIsUsed(p, what))
		Empty(p, what, WorkRelation(p, what));
}

/* Those over the catalogues of other servers, which a kind of source has made beside it. */
static void
DropForeign(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q,
			 "select format('drop foreign table %s', oid::regclass) from pg_class"
			 " where relnamespace = 'elt_staging'::regnamespace and relkind = 'f'"
			 " and starts_with(relname, $1)");
	SqlAddText(&q, psprintf("%s$", p->name));
	SqlExecAll(SqlDoTexts(&q, AsCatalog()), AsCatalog());
}

void
WorkTablesDrop(const Pipeline *p)
{
	DropForeign(p);
	for (int i = 0; i < lengthof(work_tables); i++)
		if (OidIsValid(WorkRelation(p, work_tables[i])))
			SqlExec(psprintf("drop table %s", WorkTable(p, work_tables[i])), AsCatalog());
}
