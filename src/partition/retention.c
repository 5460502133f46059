#include "base/compat.h"
#include "partition/policy.h"

#include "base/sql.h"
#include "partition/busy.h"
#include "partition/maintain.h"
#include "partition/parts.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"

typedef struct Expiry
{
	FunctionCallInfo fcinfo;
	const Policy *policy;
	TimestampTz cutoff;
} Expiry;

/* Those that end by the cutoff, but never the newest one. */
static List *
ExpiredParts(const Expiry *expiry)
{
	List	   *expired = NIL;
	List	   *parts = PartsOf(expiry->policy);
	ListCell   *lc;

	foreach(lc, parts)
	{
		Part	   *part = lfirst(lc);

		if (part->upper <= expiry->cutoff && part != llast(parts))
			expired = lappend(expired, part);
	}
	return expired;
}

static void
ExpirePart(const Expiry *expiry, const Part *part)
{
	Oid			parent = expiry->policy->relation;
	char	   *name = get_rel_name(part->relid);
	char	   *relation = QuotedRelation(part->relid);
	bool		drop = strcmp(expiry->policy->retain_action, "drop") == 0;
	const char *outcome = drop ? "dropped" : "detached";
	char	   *sql;

	if (drop)
		sql = psprintf("DROP TABLE %s", relation);
	else
		sql = psprintf("ALTER TABLE %s DETACH PARTITION %s", QuotedRelation(parent), relation);
	SqlExec(sql, RelationOwner(parent));
	LedgerWrite(parent, name, part, outcome);
	ReturnPart(expiry->fcinfo, parent, name, part, outcome);
}

/* What is expired is decided under the lock: before it another session may have removed it. */
static void
ExpireParts(void *arg)
{
	Expiry	   *expiry = arg;
	ListCell   *lc;

	LockRelationOid(expiry->policy->relation, AccessExclusiveLock);
	foreach(lc, ExpiredParts(expiry))
		ExpirePart(expiry, lfirst(lc));
}

static void
ShowParts(const Expiry *expiry)
{
	char	   *action = psprintf("would %s", expiry->policy->retain_action);
	ListCell   *lc;

	foreach(lc, ExpiredParts(expiry))
	{
		Part	   *part = lfirst(lc);

		ReturnPart(expiry->fcinfo, expiry->policy->relation, get_rel_name(part->relid), part,
				   action);
	}
}

static void
ExpireRelation(FunctionCallInfo fcinfo, Oid relation, bool dry_run, bool busy_ok)
{
	Expiry		expiry = {fcinfo, PolicyOf(relation)};

	if (!PolicyRetainCutoff(relation, &expiry.cutoff))
		return;
	if (dry_run)
		ShowParts(&expiry);
	else if (ExpiredParts(&expiry) != NIL)
		WithLockTimeout(expiry.policy, ExpireParts, &expiry, busy_ok);
}

void
PartitionsExpire(FunctionCallInfo fcinfo, Oid only, bool dry_run)
{
	ListCell   *lc;

	foreach(lc, RelationsToMaintain(only))
		ExpireRelation(fcinfo, lfirst_oid(lc), dry_run, !OidIsValid(only));
}
