/*
 * create.c
 *	  Create a partition beside its parent and attach it.
 *
 * CREATE TABLE ... (LIKE parent) and ATTACH lock the parent against other DDL only, where CREATE
 * TABLE ... PARTITION OF would block every reader. The table is empty, so that ATTACH has nothing
 * to scan.
 */
#include "base/compat.h"
#include "partition/missing.h"

#include "base/attempt.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/change_log.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "partition/busy.h"
#include "partition/carry.h"
#include "partition/default_part.h"
#include "partition/division.h"
#include "partition/ledger.h"
#include "partition/part_name.h"
#include "partition/parts.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

typedef struct NewPart
{
	const Policy *policy;
	Part		part;
	Oid			owner;
	Oid			schema;
	Oid			latest;			/* partition, or its first part; or invalid */
	char	   *name;
	char	   *relation;		/* qualified and quoted */
	bool		created;
	void		(*fill) (const char *relation, void *arg);	/* or NULL */
	void	   *fill_arg;
} NewPart;

static char *
CreateStatement(const NewPart *new)
{
	Oid			relation = new->policy->relation;

	return psprintf("CREATE %sTABLE %s (LIKE %s INCLUDING ALL EXCLUDING IDENTITY)%s",
					new->policy->then_by != NULL ? "" : PersistenceClause(new->latest),
					new->relation, QuotedRelation(relation),
					new->policy->then_by != NULL ? DivisionClause(new->policy)
					: StorageClauses(relation, new->latest));
}

static char *
AttachStatement(const NewPart *new)
{
	return psprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES %s",
					QuotedRelation(new->policy->relation), new->relation,
					BoundsClause(new->policy, new->part.lower, new->part.upper));
}

static void
CreateAsOwner(void *arg)
{
	const NewPart *new = arg;

	SqlExec(CreateStatement(new), new->owner);
	if (new->policy->then_by != NULL)
		DivisionCreate(new->policy, new->name, new->schema,
					   StorageClauses(new->policy->relation, new->latest));
}

/* No expression of the owner is copied, because it would be evaluated with other rights. */
static void
CreateForOwner(const NewPart *new)
{
	Oid			relation = new->policy->relation;

	SqlExec(psprintf("CREATE %sTABLE %s (LIKE %s INCLUDING COMPRESSION INCLUDING STORAGE)%s",
					 PersistenceClause(new->latest), new->relation, QuotedRelation(relation),
					 StorageClauses(relation, new->latest)), AsCatalog());
	SqlExec(psprintf("ALTER TABLE %s OWNER TO %s", new->relation,
					 quote_identifier(GetUserNameFromId(new->owner, false))), AsCatalog());
}

/* A change log has its partitions also where its owner may create nothing: others' changes need them. */
static void
CreateTable(NewPart *new)
{
	ErrorData  *error;

	if (!IsChangeLog(new->policy->relation))
	{
		CreateAsOwner(new);
		return;
	}
	error = Attempt(CreateAsOwner, new);
	if (error == NULL)
		return;
	if (error->sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE)
		ReThrowError(error);
	CreateForOwner(new);
}

static void
AttachTable(NewPart *new)
{
	SqlExec(AttachStatement(new), new->owner);
	new->part.relid = get_relname_relid(new->name, new->schema);
}

static bool
Overlaps(List *parts, const Part *wanted)
{
	ListCell   *lc;

	foreach(lc, parts)
	{
		Part	   *part = lfirst(lc);

		if (part->lower < wanted->upper && wanted->lower < part->upper)
			return true;
	}
	return false;
}

/* What has no storage is divided. */
static Oid
FirstLeaf(Oid part)
{
	Sql			q;

	if (get_rel_relkind(part) != RELKIND_PARTITIONED_TABLE)
		return part;
	SqlBegin(&q, "select relid::oid::int8 from pg_partition_tree($1) where isleaf limit 1");
	SqlAddOid(&q, REGCLASSOID, part);
	return (Oid) SqlDoInt8(&q, AsCatalog());
}

/*
 * Find the latest partition; returns false if one overlaps the range of the new one. The list of many
 * partitions takes megabytes, and attaching reads it once more, so its memory is freed before.
 */
static bool
FindPlace(NewPart *new)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(caller, "elt bounds", ALLOCSET_DEFAULT_SIZES);
	List	   *parts;
	bool		is_free;

	MemoryContextSwitchTo(scratch);
	parts = PartsOf(new->policy);
	is_free = !Overlaps(parts, &new->part);
	if (parts != NIL)
		new->latest = FirstLeaf(((Part *) llast(parts))->relid);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return is_free;
}

static void
NameIt(NewPart *new)
{
	new->name = PartName(new->policy, new->schema, new->part.lower);
	new->relation = quote_qualified_identifier(get_namespace_name(new->schema), new->name);
}

/* The parent's lock comes first: of two that want the same partition the second finds it. */
static void
CreateAndAttach(void *arg)
{
	NewPart    *new = arg;

	new->created = false;
	LockRelationOid(new->policy->relation, ShareUpdateExclusiveLock);
	if (!FindPlace(new))
		return;
	NameIt(new);
	CreateTable(new);
	if (new->fill != NULL)
		new->fill(new->relation, new->fill_arg);
	DefaultDrain(new->policy, &new->part, new->relation);
	AttachTable(new);
	CarryProperties(new->policy->relation, new->part.relid, new->latest, new->owner);
	LedgerWrite(new->policy->relation, new->name, &new->part, "attached");
	new->created = true;
}

static NewPart
Planned(const Policy *policy, const PartitionBounds *bounds)
{
	NewPart		new = {policy};

	new.part = (Part) {InvalidOid, bounds->lower, bounds->upper, policy->by_number};
	new.owner = RelationOwner(policy->relation);
	new.schema = get_rel_namespace(policy->relation);
	return new;
}

List *
PartitionStatements(const Policy *policy, const PartitionBounds *bounds)
{
	NewPart		new = Planned(policy, bounds);

	(void) FindPlace(&new);
	NameIt(&new);
	return list_make2(CreateStatement(&new), AttachStatement(&new));
}

char *
PartitionAdd(const Policy *policy, const PartitionBounds *bounds)
{
	return PartitionAddFilled(policy, bounds, NULL, NULL);
}

char *
PartitionAddFilled(const Policy *policy, const PartitionBounds *bounds,
				   void (*fill) (const char *relation, void *arg), void *fill_arg)
{
	NewPart		new = Planned(policy, bounds);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(caller, "elt partition",
												  ALLOCSET_DEFAULT_SIZES);
	char	   *name;

	new.fill = fill;
	new.fill_arg = fill_arg;
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
