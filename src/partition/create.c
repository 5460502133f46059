/*
 * create.c
 *	  Create a partition beside its parent and attach it.
 *
 * CREATE TABLE ... (LIKE parent) and ATTACH lock the parent against other DDL only, where CREATE
 * TABLE ... PARTITION OF would block every reader. The table is empty, so that ATTACH has nothing
 * to scan. Properties that LIKE and ATTACH omit (privileges, storage options, replica identity) are
 * copied.
 */
#include "base/compat.h"
#include "partition/missing.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "partition/busy.h"
#include "partition/grid.h"
#include "partition/ledger.h"
#include "partition/parts.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

typedef struct NewPart
{
	const Policy *policy;
	Part		part;
	Oid			owner;
	Oid			schema;
	char	   *name;
	char	   *relation;		/* qualified and quoted */
	bool		created;
} NewPart;

/* _p20240101, or _p20240101_0600 where days are divided. */
static char *
NameSuffix(const Policy *policy, TimestampTz lower)
{
	const char *pattern = policy->interval->time > 0 ? "\"_p\"YYYYMMDD_HH24MI" : "\"_p\"YYYYMMDD";
	Datum		suffix = DirectFunctionCall2(timestamp_to_char,
											 TimestampGetDatum(GridLocal(policy, lower)),
											 CStringGetTextDatum(pattern));

	return TextDatumGetCString(suffix);
}

/* A parent's name that is too long loses its end to a hash of the whole. */
static char *
NameOf(const char *parent, const char *suffix)
{
	int			room = NAMEDATALEN - 1 - strlen(suffix);
	char		hash[16];

	if (strlen(parent) <= room)
		return psprintf("%s%s", parent, suffix);
	snprintf(hash, sizeof(hash), "_%08x",
			 DatumGetUInt32(hash_any((const unsigned char *) parent, strlen(parent))));
	room = pg_mbcliplen(parent, strlen(parent), room - strlen(hash));
	return psprintf("%.*s%s%s", room, parent, hash, suffix);
}

/* A table that retention detached may still have the name. */
static void
ChooseName(NewPart *new)
{
	const char *parent = get_rel_name(new->policy->relation);
	char	   *suffix = NameSuffix(new->policy, new->part.lower);

	new->name = NameOf(parent, suffix);
	for (int i = 2; OidIsValid(get_relname_relid(new->name, new->schema)); i++)
		new->name = NameOf(parent, psprintf("%s_%d", suffix, i));
	new->relation = quote_qualified_identifier(get_namespace_name(new->schema), new->name);
}

/* Storage options cannot be set on a partitioned table: the latest partition knows them. */
static char *
StorageClauses(const Policy *policy)
{
	List	   *parts = PartsOf(policy);
	Sql			q;

	SqlBegin(&q, "select coalesce((select ' WITH (' || "
			 "string_agg(format('%I = %L', option_name, option_value), ', ') || ')' "
			 "from pg_class, pg_options_to_table(reloptions) where oid = $1), '') || "
			 "coalesce((select format(' TABLESPACE %I', spcname) from pg_class c "
			 "join pg_tablespace t on t.oid = c.reltablespace where c.oid = $2), '')");
	SqlAddOid(&q, OIDOID, parts == NIL ? InvalidOid : ((Part *) llast(parts))->relid);
	SqlAddOid(&q, OIDOID, policy->relation);
	return SqlDoText(&q, AsCatalog());
}

static void
CreateTable(NewPart *new)
{
	SqlExec(psprintf("CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING IDENTITY)%s",
					 new->relation, QuotedRelation(new->policy->relation),
					 StorageClauses(new->policy)),
			new->owner);
}

static void
AttachTable(NewPart *new)
{
	SqlExec(psprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)",
					 QuotedRelation(new->policy->relation), new->relation,
					 BoundLiteral(new->policy, new->part.lower),
					 BoundLiteral(new->policy, new->part.upper)),
			new->owner);
	new->part.relid = get_relname_relid(new->name, new->schema);
}

/* Row security of the parent would not hold for reads of the partition itself. */
static void
CopyPrivileges(NewPart *new)
{
	Sql			q;

	SqlBegin(&q, "select format('GRANT %s ON %s TO %s%s', "
			 "string_agg(privilege_type, ', ' order by privilege_type), $2, "
			 "case grantee when 0 then 'PUBLIC' else grantee::regrole::text end, "
			 "case when is_grantable then ' WITH GRANT OPTION' end) "
			 "from pg_class, aclexplode(relacl) "
			 "where oid = $1 and not relrowsecurity and grantee <> relowner "
			 "group by grantee, is_grantable order by grantee, is_grantable");
	SqlAddOid(&q, OIDOID, new->policy->relation);
	SqlAddText(&q, new->relation);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		SqlExec(SqlText(&q, i, 1), new->owner);
	SqlDone(&q);
}

static void
CopyReplicaIdentity(NewPart *new)
{
	Sql			q;

	SqlBegin(&q, "select format('ALTER TABLE %s REPLICA IDENTITY %s', $2, case p.relreplident "
			 "when 'f' then 'FULL' when 'n' then 'NOTHING' "
			 "else 'USING INDEX ' || quote_ident(c.relname) end) "
			 "from pg_class p left join (pg_index i "
			 "join pg_inherits h on h.inhparent = i.indexrelid "
			 "join pg_index ci on ci.indexrelid = h.inhrelid and ci.indrelid = $3 "
			 "join pg_class c on c.oid = ci.indexrelid) on i.indrelid = p.oid and i.indisreplident "
			 "where p.oid = $1 and p.relreplident <> 'd'");
	SqlAddOid(&q, OIDOID, new->policy->relation);
	SqlAddText(&q, new->relation);
	SqlAddOid(&q, OIDOID, new->part.relid);
	if (SqlRun(&q, AsCatalog()) == 1)
		SqlExec(SqlText(&q, 0, 1), new->owner);
	SqlDone(&q);
}

static bool
Overlaps(const Policy *policy, const Part *wanted)
{
	ListCell   *lc;

	foreach(lc, PartsOf(policy))
	{
		Part	   *part = lfirst(lc);

		if (part->lower < wanted->upper && wanted->lower < part->upper)
			return true;
	}
	return false;
}

/* The parent's lock comes first: of two that want the same partition the second finds it. */
static void
CreateAndAttach(void *arg)
{
	NewPart    *new = arg;

	new->created = false;
	LockRelationOid(new->policy->relation, ShareUpdateExclusiveLock);
	if (Overlaps(new->policy, &new->part))
		return;

	ChooseName(new);
	CreateTable(new);
	AttachTable(new);
	CopyPrivileges(new);
	CopyReplicaIdentity(new);
	LedgerWrite(new->policy->relation, new->name, &new->part, "attached");
	new->created = true;
}

char *
PartitionAdd(const Policy *policy, const PartitionBounds *bounds)
{
	NewPart		new = {
		.policy = policy,
		.part = {InvalidOid, bounds->lower, bounds->upper},
		.owner = RelationOwner(policy->relation),
		.schema = get_rel_namespace(policy->relation)
	};
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(caller, "elt partition",
												  ALLOCSET_DEFAULT_SIZES);
	char	   *name;

	/* It looks at all partitions of the table, and may be one of many. */
	MemoryContextSwitchTo(scratch);
	WithLockTimeout(policy->lock_timeout_ms, CreateAndAttach, &new);
	MemoryContextSwitchTo(caller);
	name = new.created ? pstrdup(new.name) : NULL;
	MemoryContextDelete(scratch);
	return name;
}

bool
PartitionCreate(Oid parent, const PartitionBounds *b)
{
	Policy	   *policy = PolicyOf(parent);

	if (policy == NULL)
		elog(ERROR, "table %u has no partition policy", parent);
	return PartitionAdd(policy, b) != NULL;
}
