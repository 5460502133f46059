#include "base/compat.h"
#include "merge/strategy.h"

#include "access/table.h"
#include "base/sql.h"
#include "lib/stringinfo.h"
#include "merge/scd2_absence.h"
#include "merge/scd2_sql.h"
#include "merge/settings.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/relcache.h"

static List *
Scd2Settings(const MergeShape *shape, BatchFacts *facts)
{
	return CommonSettings();
}

static void
AppendStatements(StringInfo text, List *statements)
{
	ListCell   *lc;

	foreach(lc, statements)
		appendStringInfo(text, "%s%s", text->len > 0 ? ";\n" : "", (char *) lfirst(lc));
}

static char *
Scd2Sql(const MergeShape *shape, const BatchFacts *facts)
{
	Scd2	   *scd = Scd2Of(shape);
	StringInfoData text;

	initStringInfo(&text);
	AppendStatements(&text, Scd2WorkTables(scd));
	AppendStatements(&text, Scd2Classify(scd));
	AppendStatements(&text, list_make1(Scd2Accepted(scd)));
	AppendStatements(&text, Scd2Write(scd));
	AppendStatements(&text, list_make1(Scd2Counts(scd)));
	AppendStatements(&text, Scd2DropWorkTables(scd));
	return text.data;
}

/* The owner may not create in elt_staging, so the tables are made for him. */
void
Scd2MakeWorkTables(const Scd2 *scd)
{
	static const char *const tables[] = {"event", "affected", "had", "wanted"};
	Oid			owner = scd->shape->pipeline->owner;

	SqlExecAll(Scd2WorkTables(scd), AsCatalog());
	if (owner == AsCatalog())
		return;
	for (int i = 0; i < lengthof(tables); i++)
		SqlExec(psprintf("ALTER TABLE %s OWNER TO %s", Scd2Work(scd, tables[i]),
						 quote_identifier(GetUserNameFromId(owner, false))), AsCatalog());
}

static int64
CountAccepted(const Scd2 *scd)
{
	Sql			q;
	int64		accepted;

	SqlBegin(&q, Scd2Accepted(scd));
	SqlRun(&q, scd->shape->pipeline->owner);
	accepted = SqlInt8(&q, 0, 1, NULL);
	SqlDone(&q);
	return accepted;
}

static void
AddCounts(const Scd2 *scd, const BatchFacts *facts, MergeCounts *counts)
{
	Sql			q;
	int64		written;
	int64		stale;
	int64		events;
	int64		dropped;

	SqlBegin(&q, Scd2Counts(scd));
	SqlRun(&q, scd->shape->pipeline->owner);
	counts->inserted += SqlInt8(&q, 0, 1, NULL);
	counts->updated += SqlInt8(&q, 0, 2, NULL);
	counts->deleted += SqlInt8(&q, 0, 3, NULL);
	written = SqlInt8(&q, 0, 1, NULL) + SqlInt8(&q, 0, 2, NULL) + SqlInt8(&q, 0, 3, NULL);
	stale = SqlInt8(&q, 0, 4, NULL);
	counts->ties += SqlInt8(&q, 0, 5, NULL);
	events = SqlInt8(&q, 0, 6, NULL);
	dropped = SqlInt8(&q, 0, 7, NULL);
	SqlDone(&q);

	counts->stale += stale;
	counts->dropped += dropped;
	counts->unchanged += events - written - stale;
	counts->duplicate += facts->rows - facts->null_keys - dropped - events;
}

static bool
HasStatistics(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	bool		has = rel->rd_rel->reltuples >= 0;

	table_close(rel, AccessShareLock);
	return has;
}

static void
Scd2Land(const MergeShape *shape, const BatchFacts *facts, MergeCounts *counts)
{
	Scd2	   *scd = Scd2Of(shape);
	Oid			owner = shape->pipeline->owner;
	bool		plannable = HasStatistics(shape->pipeline->target);

	Scd2MakeWorkTables(scd);
	SqlExecAll(Scd2Classify(scd), owner);
	if (CountAccepted(scd) > 0)
	{
		SqlExecAll(Scd2Write(scd), owner);
		if (!plannable)
		{
			SqlExec(psprintf("ANALYZE %s", shape->target), owner);
			SqlExec(psprintf("ANALYZE %s", scd->observed), owner);
		}
	}
	AddCounts(scd, facts, counts);
	if (strcmp(shape->pipeline->absent, "delete") == 0)
		Scd2Return(scd, counts);
	SqlExecAll(Scd2DropWorkTables(scd), owner);
}

const MergeStrategy Scd2Strategy = {
	.name = "scd2",
	.needs_key = true,
	.settings = Scd2Settings,
	.sql = Scd2Sql,
	.land = Scd2Land,
	.live = Scd2Live,
	.remove = Scd2Remove,
};
