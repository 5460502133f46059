/*
 * retention.c
 *	  Drop, detach or hold the partitions that a policy no longer keeps.
 */
#include "base/compat.h"
#include "partition/policy.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "partition/busy.h"
#include "partition/grid.h"
#include "partition/hold.h"
#include "partition/maintain.h"
#include "partition/parts.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"

typedef struct Expiry
{
	Maintenance *m;
	const Policy *policy;
	TimestampTz cutoff;
	List	   *removable;		/* PartOutcome *, what to remove */
	List	   *removed;		/* of those, what was still there */
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

static bool
Drops(const Policy *policy)
{
	return strcmp(policy->retain_action, "drop") == 0;
}

static PartOutcome *
MakeOutcome(const Expiry *expiry, const Part *part, char *reason)
{
	PartOutcome *outcome = palloc0(sizeof(PartOutcome));
	bool		drop = Drops(expiry->policy);

	outcome->name = get_rel_name(part->relid);
	outcome->part = *part;
	outcome->reason = reason;
	if (expiry->m->dry_run)
		outcome->action = reason ? "would hold" : drop ? "would drop" : "would detach";
	else
		outcome->action = reason ? "held" : drop ? "dropped" : "detached";
	return outcome;
}

/* Looked at before the table is locked: rows that refer to a partition may be many. */
static void
Divide(Expiry *expiry)
{
	Maintenance *m = expiry->m;
	ListCell   *lc;

	foreach(lc, ExpiredParts(expiry))
	{
		Part	   *part = lfirst(lc);
		char	   *reason = NULL;

		if (list_length(expiry->removable) >= m->at_most)
		{
			m->left++;
			continue;
		}
		reason = PartHeldBy(expiry->policy, part->relid);
		if (reason != NULL)
			m->outcomes = lappend(m->outcomes, MakeOutcome(expiry, part, reason));
		else
			expiry->removable = lappend(expiry->removable, MakeOutcome(expiry, part, NULL));
	}
}

static bool
IsStillExpired(List *expired, const PartOutcome *outcome)
{
	ListCell   *lc;

	foreach(lc, expired)
		if (((Part *) lfirst(lc))->relid == outcome->part.relid)
			return true;
	return false;
}

/* A table that a foreign key refers to lets go of a partition before that can be dropped. */
static void
RemovePart(const Expiry *expiry, const PartOutcome *outcome)
{
	Oid			parent = expiry->policy->relation;
	Oid			owner = RelationOwner(parent);
	char	   *relation = QuotedRelation(outcome->part.relid);

	SqlExec(psprintf("ALTER TABLE %s DETACH PARTITION %s", QuotedRelation(parent), relation),
			owner);
	if (Drops(expiry->policy))
		SqlExec(psprintf("DROP TABLE %s", relation), owner);
	LedgerWrite(parent, outcome->name, &outcome->part, outcome->action);
}

/* What is expired is decided under the lock: before it another session may have removed it. */
static void
RemoveParts(void *arg)
{
	Expiry	   *expiry = arg;
	List	   *expired;
	ListCell   *lc;

	LockRelationOid(expiry->policy->relation, AccessExclusiveLock);
	expired = ExpiredParts(expiry);
	expiry->removed = NIL;
	foreach(lc, expiry->removable)
	{
		PartOutcome *outcome = lfirst(lc);

		if (!IsStillExpired(expired, outcome))
			continue;
		RemovePart(expiry, outcome);
		expiry->removed = lappend(expiry->removed, outcome);
	}
}

static int
CompareOutcomes(const ListCell *a, const ListCell *b)
{
	TimestampTz left = ((PartOutcome *) lfirst(a))->part.lower;
	TimestampTz right = ((PartOutcome *) lfirst(b))->part.lower;

	return left < right ? -1 : left > right;
}

void
PartitionsExpire(Maintenance *m)
{
	Expiry		expiry = {m, PolicyOf(m->relation)};

	if (!GridRetainCutoff(m->relation, &expiry.cutoff))
		return;
	Divide(&expiry);
	if (m->dry_run)
		expiry.removed = expiry.removable;
	else if (expiry.removable != NIL)
		WithLockTimeout(expiry.policy->lock_timeout_ms, RemoveParts, &expiry);
	m->outcomes = list_concat(m->outcomes, expiry.removed);
	list_sort(m->outcomes, CompareOutcomes);
}
