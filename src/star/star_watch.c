/*
 * star_watch.c
 *	  Create and drop the triggers on the sources of dimensions and facts.
 */
#include "base/compat.h"
#include "star/star_watch.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "lib/stringinfo.h"
#include "star/star_turn.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"

typedef struct Watch
{
	const char *name;
	const char *event;
} Watch;

static const Watch watches[] = {
	{"elt_star_turn", "BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s"},
	{"elt_star_insert", "AFTER INSERT ON %s REFERENCING NEW TABLE AS elt_new"},
	{"elt_star_update", "AFTER UPDATE ON %s REFERENCING OLD TABLE AS elt_old NEW TABLE AS elt_new"},
	{"elt_star_delete", "AFTER DELETE ON %s REFERENCING OLD TABLE AS elt_old"},
	{"elt_star_truncate", "AFTER TRUNCATE ON %s"},
};

bool
StarCanWatch(Oid relation)
{
	char		kind = get_rel_relkind(relation);

	return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE;
}

static bool
IsWatched(Oid relation)
{
	return OidIsValid(get_trigger_oid(relation, watches[0].name, true));
}

/* What a trigger does with the privileges of role can make a statement of the owner's fail. */
static void
CheckMayWatch(Oid relation, Oid role)
{
	if (pg_class_aclcheck(relation, role, ACL_TRIGGER) == ACLCHECK_OK)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for table \"%s\"", RelationLabel(relation)),
			 errhint("A dimension or fact follows its source by triggers: GRANT TRIGGER ON the table, "
					 "or select from it in a view.")));
}

static void
CreateTriggers(Oid relation, Oid role)
{
	const char *table = QuotedRelation(relation);

	for (int i = 0; i < lengthof(watches); i++)
	{
		StringInfoData sql;

		initStringInfo(&sql);
		appendStringInfo(&sql, "CREATE TRIGGER %s ", watches[i].name);
		appendStringInfo(&sql, watches[i].event, table);
		appendStringInfoString(&sql, " FOR EACH STATEMENT EXECUTE FUNCTION elt.star_changed()");
		(void) SqlExec(sql.data, role);
	}
}

/* Whoever has changed the table by now has committed, and later changes see the definition. */
void
StarWatch(Oid relation, Oid role)
{
	if (!OidIsValid(relation) || !StarCanWatch(relation))
		return;
	CheckMayWatch(relation, role);
	StarTurnTake(list_make1_oid(relation));
	LockRelationOid(relation, ShareRowExclusiveLock);
	if (!IsWatched(relation))
		CreateTriggers(relation, role);
}

static bool
IsRead(Oid relation)
{
	Sql			q;

	SqlBegin(&q, "select from elt_catalog.dimension where $1 in (source, derived_from)"
			 " union all select from elt_catalog.fact where source = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	return SqlDo(&q, AsCatalog()) > 0;
}

void
StarUnwatch(Oid relation)
{
	if (!OidIsValid(relation) || get_rel_name(relation) == NULL || !IsWatched(relation) ||
		IsRead(relation))
		return;
	for (int i = 0; i < lengthof(watches); i++)
		(void) SqlExec(psprintf("DROP TRIGGER IF EXISTS %s ON %s", watches[i].name,
								QuotedRelation(relation)), RelationOwner(relation));
}
