/*
 * split_exchange.c
 *	  Put the copies of a partition in its place, or remove them.
 *
 * To attach many partitions takes long. So the exchange attaches a few groups of them, which are
 * partitioned tables; later each group is dissolved in a transaction of its own.
 */
#include "base/compat.h"
#include "partition/split_exchange.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "partition/busy.h"
#include "partition/carry.h"
#include "partition/finalize.h"
#include "partition/hold.h"
#include "partition/ledger.h"
#include "partition/retention.h"
#include "partition/split_copy.h"
#include "partition/split_parts.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define MOST_BLOCKS 16			/* to be copied under the lock */

char *
SplitDefinition(Oid source)
{
	Sql			q;

	SqlBegin(&q, "select format('%s %s %s', pg_relation_filenode(c.oid), md5(c.relpartbound::text), "
			 "md5(string_agg(format('%s %s %s %s %s', attnum, attname, atttypid, atttypmod, "
			 "attisdropped), ',' order by attnum))) "
			 "from pg_class c join pg_attribute a on a.attrelid = c.oid and attnum > 0 "
			 "where c.oid = $1 group by c.oid, c.relpartbound::text");
	SqlAddOid(&q, OIDOID, source);
	return SqlDoText(&q, AsCatalog());
}

static const char blockers[] =
"select b from ("
"select 1 as n, pg_describe_object('pg_trigger'::regclass, oid, 0) || ' would be lost' as b from pg_trigger "
"where tgrelid = $1 and not tgisinternal and tgparentid = 0 and tgname <> 'elt_split' "
"union all select 2, pg_describe_object('pg_rewrite'::regclass, oid, 0) || ' would be lost' "
"from pg_rewrite where ev_class = $1 "
"union all select 3, pg_describe_object('pg_policy'::regclass, oid, 0) || ' would be lost' "
"from pg_policy where polrelid = $1 "
"union all select 3, 'its row-level security would be lost' from pg_class where oid = $1 and relrowsecurity "
"union all select 4, pg_describe_object('pg_class'::regclass, indexrelid, 0) "
"|| ' does not contain the partition column' from pg_index "
"where indrelid = $1 and (indisunique and not (select attnum from pg_attribute "
"where attrelid = $1 and attname = $2) = any (indkey::int2[]) or indisexclusion) "
"union all select 5, format('publication %s would send the copies', pubname) from pg_publication "
"where puballtables or oid in (select pnpubid from pg_publication_namespace "
"join pg_class c on pnnspid = c.relnamespace where c.oid = $1) or oid in (select prpubid "
"from pg_publication_rel where prrelid = $1 and (prqual is not null or prattrs is not null)) "
"union all select 6, format('publication %s names it and not its table', p.pubname) "
"from pg_publication_rel r join pg_publication p on p.oid = r.prpubid where r.prrelid = $1 "
"and not exists (select from pg_publication_rel w where w.prpubid = r.prpubid and w.prrelid = $3) "
") s order by n, b limit 1";

void
SplitCheckNothingBlocks(Oid relation, Oid source)
{
	Policy	   *policy = PolicyOf(relation);
	Sql			q;
	char	   *blocker;

	SqlBegin(&q, blockers);
	SqlAddOid(&q, OIDOID, source);
	SqlAddName(&q, policy->column);
	SqlAddOid(&q, OIDOID, relation);
	blocker = SqlDoText(&q, AsCatalog());
	if (blocker == NULL)
		blocker = ReferringRows(relation, source);
	if (blocker == NULL)
		blocker = DependentObject(source);
	if (blocker == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("partition \"%s\" cannot be divided", RelationLabel(source)),
			 errdetail("%s.", blocker),
			 errhint("Drop it, or let it refer to table \"%s\" as a whole, and create it again "
					 "afterwards.", RelationLabel(relation))));
}

void
SplitAnalyze(const Split *split)
{
	ListCell   *lc;

	foreach(lc, split->groups)
		SqlExec(psprintf("ANALYZE %s", QuotedRelation(lfirst_oid(lc))), split->owner);
}

/* ---- exchange ---- */

void
SplitWaitForReaders(void)
{
	int			count;
	VirtualTransactionId *older = GetCurrentVirtualXIDs(InvalidTransactionId, true, false,
														PROC_IS_AUTOVACUUM | PROC_IN_VACUUM, &count);

	for (int i = 0; i < count; i++)
		(void) VirtualXactLock(older[i], true);
}

/* The partition is the last one to be locked, so that nobody writes from then on. */
static bool
LockBoth(const Split *split)
{
	LockRelationOid(split->relation, AccessExclusiveLock);
	if (!IsPartitionOf(split->source, split->relation))
		return false;
	LockRelationOid(split->source, AccessExclusiveLock);
	return true;
}

static void
Alter(const Split *split, Oid table, const char *what, Oid part, const char *range)
{
	SqlExec(psprintf("ALTER TABLE %s %s PARTITION %s%s%s", QuotedRelation(table), what,
					 QuotedRelation(part), range ? " FOR VALUES " : "", range ? range : ""),
			split->owner);
}

/* From one partitioned table to another one. */
static void
Move(const Split *split, const Part *part, Oid from, Oid to)
{
	Alter(split, from, "DETACH", part->relid, NULL);
	Alter(split, to, "ATTACH", part->relid, PartRange(split->policy, part->lower, part->upper));
}

static void
DropTable(const Split *split, Oid table)
{
	SqlExec(psprintf("DROP TABLE %s", QuotedRelation(table)), split->owner);
}

/* The file from which it was restored has rows that others have: retention removes it. */
static void
LeaveFile(const Split *split, const char *name)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.partition set state = 'dropped', part = null, actions = '{drop}', "
			 "action = null, step = null, changed_at = now() where relation = $1 and name = $2 "
			 "and archived_rows is null and archive is not null");
	SqlAddOid(&q, REGCLASSOID, split->relation);
	SqlAddText(&q, name);
	SqlDo(&q, AsCatalog());
}

static void
ForgetTable(const Split *split, const char *name)
{
	Sql			q;

	SqlBegin(&q, "delete from elt_catalog.partition where relation = $1 and name = $2 "
			 "and archived_rows is null and archive is null");
	SqlAddOid(&q, REGCLASSOID, split->relation);
	SqlAddText(&q, name);
	SqlDo(&q, AsCatalog());
	LeaveFile(split, name);
}

bool
SplitExchange(Split *split, int64 most_changes)
{
	ListCell   *lc;

	if (!LockBoth(split) || strcmp(SplitDefinition(split->source), split->definition) != 0 ||
		SplitIsBehind(split, most_changes, most_changes == 0 ? 0 : MOST_BLOCKS))
		return false;
	while (!SplitCopy(split, MOST_BLOCKS))
		;
	SplitCheckNothingBlocks(split->relation, split->source);
	Alter(split, split->relation, "DETACH", split->source, NULL);
	foreach(lc, SplitPartsOf(split, split->root))
		Move(split, lfirst(lc), split->root, split->relation);
	SplitStopNoting(split);
	ForgetTable(split, split->name);
	DropTable(split, split->source);
	DropTable(split, split->root);
	split->source = split->root = InvalidOid;
	split->phase = "attach";
	SplitSave(split);
	return true;
}

/* ---- what follows ---- */

static void
Record(const Split *split, const Part *part)
{
	Sql			q;
	char	   *name = get_rel_name(part->relid);

	LedgerWrite(split->relation, name, part, "attached");
	if (TIMESTAMP_IS_NOBEGIN(split->source_created_at))
		return;
	SqlBegin(&q, "update elt_catalog.partition set created_at = $3 where relation = $1 and name = $2");
	SqlAddOid(&q, REGCLASSOID, split->relation);
	SqlAddText(&q, name);
	SqlAddTime(&q, split->source_created_at);
	SqlDo(&q, AsCatalog());
}

/* The first new partition could not have the name of the divided one while that existed. */
static void
TakeName(const Split *split, const Part *part)
{
	if (strcmp(get_rel_name(part->relid), psprintf("%s_2", split->name)) != 0 ||
		OidIsValid(get_relname_relid(split->name, split->schema)))
		return;
	SqlExec(psprintf("ALTER TABLE %s RENAME TO %s", QuotedRelation(part->relid),
					 quote_identifier(split->name)), split->owner);
}

void
SplitDissolve(Split *split, Oid group)
{
	ListCell   *lc;

	LockRelationOid(split->relation, AccessExclusiveLock);
	Alter(split, split->relation, "DETACH", group, NULL);
	foreach(lc, SplitPartsOf(split, group))
	{
		Part	   *part = lfirst(lc);

		Move(split, part, group, split->relation);
		SqlExec(psprintf("ALTER TABLE %s DROP CONSTRAINT " SPLIT_BOUND,
						 QuotedRelation(part->relid)), split->owner);
		CarryProperties(split->relation, part->relid, InvalidOid, split->owner);
		TakeName(split, part);
		Record(split, part);
	}
	ForgetTable(split, get_rel_name(group));
	DropTable(split, group);
	split->groups = list_delete_oid(split->groups, group);
	SplitSave(split);
}

bool
SplitUndo(Split *split)
{
	if (!SplitIs(split, "undo"))
	{
		SplitStopNoting(split);
		split->phase = "undo";
		SplitSave(split);
		return false;
	}
	if (split->groups != NIL)
	{
		DropTable(split, linitial_oid(split->groups));
		split->groups = list_delete_first(split->groups);
		SplitSave(split);
		return false;
	}
	if (OidIsValid(split->root))
		DropTable(split, split->root);
	SplitForget(split);
	return true;
}
