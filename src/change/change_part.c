/*
 * change_part.c
 *	  The partitions of a change log: made ahead and dropped by its policy, like those of a target.
 */
#include "base/compat.h"
#include "change/change_part.h"

#include "access/relation.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "base/time_span.h"
#include "partition/grid.h"
#include "partition/missing.h"
#include "partition/parts.h"
#include "partition/policy.h"
#include "partition/policy_set.h"
#include "partitioning/partbounds.h"
#include "partitioning/partdesc.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* A partition leaves as a whole, so it is short beside what is kept. */
static const Interval *
PartitionSpan(const Interval *retain)
{
	static const Interval hour = {.time = USECS_PER_HOUR};
	static const Interval day = {.day = 1};
	static const Interval month = {.month = 1};
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz from = TimeMinus(now, retain);

	if (now - from <= 2 * USECS_PER_DAY)
		return &hour;
	return now - from <= 100 * USECS_PER_DAY ? &day : &month;
}

static void
SetPolicy(void *arg)
{
	PolicySet(arg);
}

void
ChangePartsAhead(const ChangeLog *log)
{
	const Policy *policy = PolicyOf(log->log);
	ListCell   *lc;

	if (policy == NULL)
		return;
	foreach(lc, GapsAhead(policy))
		(void) PartitionAdd(policy, lfirst(lc));
}

void
ChangePartsSet(const ChangeLog *log, const Interval *retain)
{
	const Policy *policy = PolicyOf(log->log);
	PolicyChange change = {
		.relation = log->log,
		.column = "_logged_at",
		.interval = policy != NULL ? policy->interval : PartitionSpan(retain),
		.premake = -1,
		.retain = retain
	};

	RunAs(RelationOwner(log->log), SetPolicy, &change);
	ChangePartsAhead(log);
}

static Oid
PartAt(List *parts, TimestampTz at)
{
	ListCell   *lc;

	foreach(lc, parts)
	{
		const Part *part = lfirst(lc);

		if (part->lower <= at && at < part->upper)
			return part->relid;
	}
	return InvalidOid;
}

static const Policy *
PolicyOfLog(const ChangeLog *log)
{
	const Policy *policy = PolicyOf(log->log);

	if (policy == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("table \"%s\" has no policy", RelationLabel(log->log)),
				 errdetail("It is the change log of table \"%s\".", RelationLabel(log->relation)),
				 errhint("Set option \"change_log\" of its pipeline again.")));
	return policy;
}

/* Looked up in the descriptor of partitions, as the server does for a row. */
static Oid
PartKnown(const ChangeLog *log, TimestampTz at)
{
	Relation	rel = RelationOpen(log->log, RowExclusiveLock);
	PartitionKey key = RelationGetPartitionKey(rel);
	PartitionDesc desc = RelationGetPartitionDesc(rel, true);
	Datum		value = TimestampTzGetDatum(at);
	bool		is_equal;
	int			n = -1;

	if (desc->nparts > 0 && desc->boundinfo != NULL)
		n = partition_range_datum_bsearch(key->partsupfunc, key->partcollation, desc->boundinfo, 1, &value,
										  &is_equal);
	n = n >= 0 ? desc->boundinfo->indexes[n + 1] : -1;
	relation_close(rel, NoLock);
	return n >= 0 ? desc->oids[n] : InvalidOid;
}

Oid
ChangePartAt(const ChangeLog *log, TimestampTz at)
{
	Oid			part = PartKnown(log, at);
	const Policy *policy;
	PartitionBounds bounds;

	if (OidIsValid(part))
		return part;
	policy = PolicyOfLog(log);
	bounds = GridSpan(policy, at);
	(void) PartitionAdd(policy, &bounds);
	part = PartAt(PartsOf(policy), at);
	if (!OidIsValid(part))
		elog(ERROR, "change log %s has no partition for the time of a change", RelationLabel(log->log));
	return part;
}

/* Partitions that follow each other without a gap; there is one for whatever was logged behind them. */
TimestampTz
ChangeLogSince(const ChangeLog *log)
{
	const Policy *policy = PolicyOfLog(log);
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz since = DT_NOEND;
	TimestampTz until = DT_NOBEGIN;
	ListCell   *lc;

	foreach(lc, PartsOf(policy))
	{
		const Part *part = lfirst(lc);

		if (part->lower > now)
			break;
		if (part->lower != until)
			since = part->lower;
		until = part->upper;
	}
	return Max(since, log->started_at);
}

void
ChangeCommitsPrune(Oid relation)
{
	const ChangeLog *log = ChangeLogOf(relation);
	Sql			q;

	if (log == NULL || get_rel_name(log->commits) == NULL || PolicyOf(log->log) == NULL)
		return;
	SqlBegin(&q, psprintf("DELETE FROM %s WHERE _committed_at < $1", QuotedRelation(log->commits)));
	SqlAddTime(&q, ChangeLogSince(log));
	SqlDo(&q, RelationOwner(log->commits));
}
