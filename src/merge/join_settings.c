/*
 * join_settings.c
 *	  Choose between hash join and index probes, the choice that decides the cost of a merge.
 *
 * A hash join reads all of the target within the batch's key range; probes read the index once per
 * staged row. The planner cannot make this choice: it treats the key range and the key's equality
 * as independent, and right after a load it has no statistics. So only the scan is costed, and
 * compared with the cost of the probes of this batch.
 */
#include "base/compat.h"
#include "merge/join_settings.h"

#include "access/htup_details.h"
#include "base/identity.h"
#include "base/setting.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "optimizer/optimizer.h"
#include "parser/parser.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* Planner units of one index probe beyond its share of a scan; measured. */
#define PROBE_COST 0.2

typedef struct PricedScan
{
	const char *sql;
	PlannedStmt *plan;
} PricedScan;

static void
PlanScan(void *arg)
{
	PricedScan *scan = arg;
	RawStmt    *raw = linitial_node(RawStmt, raw_parser(scan->sql, RAW_PARSE_DEFAULT));
	List	   *queries = pg_analyze_and_rewrite_fixedparams(raw, scan->sql, NULL, 0, NULL);

	PushActiveSnapshot(GetTransactionSnapshot());
	scan->plan = pg_plan_query(linitial_node(Query, queries), scan->sql, 0, NULL);
	PopActiveSnapshot();
}

/* Does each table of the plan that holds rows have statistics of this column? */
static bool
HasStatistics(PlannedStmt *plan, const char *column)
{
	ListCell   *lc;

	foreach(lc, plan->relationOids)
	{
		Oid			relid = lfirst_oid(lc);

		if (get_rel_relkind(relid) == RELKIND_RELATION &&
			!SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(relid),
								   Int16GetDatum(get_attnum(relid, column)),
								   BoolGetDatum(false)))
			return false;
	}
	return true;
}

static List *
AddSetting(List *settings, const char *name, const char *value)
{
	MergeSetting *setting = palloc(sizeof(MergeSetting));

	setting->name = name;
	setting->value = value;
	return lappend(settings, setting);
}

static List *
WithoutIndexes(void)
{
	List	   *settings = AddSetting(NIL, "enable_indexscan", "off");

	settings = AddSetting(settings, "enable_indexonlyscan", "off");
	return AddSetting(settings, "enable_bitmapscan", "off");
}

/* Without statistics an index range would be priced by a guess: then only file sizes count. */
static double
RangeCost(const MergeShape *shape, const char *range, const char *column, int *parts)
{
	PricedScan	scan = {
		psprintf("SELECT FROM %s AS t%s%s", shape->target, range ? " WHERE " : "",
				 range ? range : "")
	};
	int			guc_level;

	RunAs(shape->pipeline->owner, PlanScan, &scan);
	*parts += list_length(scan.plan->relationOids);
	if (range == NULL || HasStatistics(scan.plan, column))
		return scan.plan->planTree->total_cost;

	guc_level = MergeSettingsApply(WithoutIndexes());
	RunAs(shape->pipeline->owner, PlanScan, &scan);
	AtEOXact_GUC(true, guc_level);
	return scan.plan->planTree->total_cost;
}

/* One by one: of several ranges together the planner forgets in what order the rows lie. */
static double
ScanCost(const MergeShape *shape, BatchFacts *facts)
{
	BatchFacts	one = *facts;
	double		cost = 0;
	ListCell   *lc;

	facts->parts = 0;
	if (facts->ranges == NIL)
		return RangeCost(shape, NULL, NULL, &facts->parts);
	foreach(lc, facts->ranges)
	{
		one.ranges = list_make1(lfirst(lc));
		cost += RangeCost(shape, BatchRange(shape, &one, "t"), shape->range_name, &facts->parts);
	}
	return cost;
}

List *
CommonSettings(void)
{
	List	   *settings = AddSetting(NIL, "jit", "off");

	if (maintenance_work_mem > work_mem)
		settings = AddSetting(settings, "work_mem", psprintf("%dkB", maintenance_work_mem));
	return settings;
}

List *
HashJoinSettings(void)
{
	List	   *settings = AddSetting(NIL, "enable_nestloop", "off");

	settings = AddSetting(settings, "enable_hashjoin", "on");
	return AddSetting(settings, "enable_mergejoin", "off");
}

List *
JoinSettings(bool probes)
{
	List	   *settings = AddSetting(NIL, "enable_nestloop", probes ? "on" : "off");

	settings = AddSetting(settings, "enable_hashjoin", probes ? "off" : "on");
	settings = AddSetting(settings, "enable_mergejoin", probes ? "off" : "on");
	return AddSetting(settings, "enable_memoize", probes ? "off" : "on");
}

bool
ProbesCostLess(const MergeShape *shape, const char *range, const char *column, int64 probes)
{
	int			parts = 0;
	double		scan = RangeCost(shape, range, column, &parts);

	return scan > PROBE_COST * (double) probes * Max(parts, 1);
}

/* The staged rows have no index: what is not probed is hashed. */
List *
ScopeSettings(bool probes)
{
	List	   *settings;

	if (!probes)
		return HashJoinSettings();
	settings = AddSetting(NIL, "enable_nestloop", "on");
	settings = AddSetting(settings, "enable_hashjoin", "on");
	settings = AddSetting(settings, "enable_mergejoin", "off");
	settings = AddSetting(settings, "enable_material", "off");
	settings = AddSetting(settings, "enable_memoize", "off");
	return AddSetting(settings, "enable_seqscan", "off");
}

List *
ScanSettings(void)
{
	return AddSetting(NIL, "enable_seqscan", "on");
}

List *
MergeSettings(const MergeShape *shape, BatchFacts *facts)
{
	List	   *settings;

	facts->probes = ScanCost(shape, facts) > PROBE_COST * facts->keys;
	if (!facts->probes)
		return AddSetting(CommonSettings(), "enable_nestloop", "off");
	settings = AddSetting(CommonSettings(), "enable_hashjoin", "off");
	settings = AddSetting(settings, "enable_mergejoin", "off");
	/* a batch without statistics looks small enough to read the range again for each row */
	settings = AddSetting(settings, "enable_material", "off");
	return AddSetting(settings, "enable_memoize", "off");
}

void
MergeSettingsText(StringInfo text, List *settings)
{
	ListCell   *lc;

	foreach(lc, settings)
	{
		MergeSetting *setting = lfirst(lc);

		appendStringInfo(text, "SET LOCAL %s = %s;\n", setting->name,
						 quote_literal_cstr(setting->value));
	}
}

int
MergeSettingsApply(List *settings)
{
	int			guc_level = NewGUCNestLevel();
	ListCell   *lc;

	foreach(lc, settings)
	{
		MergeSetting *setting = lfirst(lc);

		SettingSet(setting->name, setting->value);
	}
	return guc_level;
}

int
HashJoinsApply(void)
{
	return MergeSettingsApply(AddSetting(HashJoinSettings(), "jit", "off"));
}
