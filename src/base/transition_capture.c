/*
 * transition_capture.c
 *	  Keep inserted and updated rows of a MERGE into a partitioned table apart, for triggers.
 *
 * PostgreSQL 18 leaves the tuple of an insert behind in the state by which rows are captured for
 * transition tables, and takes it for the new row of each update that follows it: NEW TABLE has the
 * inserted row twice and the updated row not at all. Every insert leaves its own tuple there, so it
 * is forgotten here before a MERGE goes on with the next row of its source.
 */
#include "base/compat.h"
#include "base/transition_capture.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "executor/executor.h"
#include "lib/ilist.h"
#include "nodes/execnodes.h"
#include "parser/parsetree.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* The source of a MERGE that is being executed, allocated in the memory of its query. */
typedef struct Source
{
	dlist_node	in_list;
	PlanState  *node;
	ExecProcNodeMtd next_row;
	TransitionCaptureState *capture;
	MemoryContextCallback at_end;
} Source;

static dlist_head sources = DLIST_STATIC_INIT(sources);
static ExecutorStart_hook_type next_start = NULL;
static bool has_started = false;	/* a query, since the library was loaded */
static TimestampTz loaded_at;
static Oid	missed_target = InvalidOid; /* of the statement that loaded the library */
static CommandId missed_command;

static Source *
SourceOf(PlanState *node)
{
	dlist_iter	iter;

	dlist_foreach(iter, &sources)
	{
		Source	   *source = dlist_container(Source, in_list, iter.cur);

		if (source->node == node)
			return source;
	}
	elog(ERROR, "source of a MERGE is not known");
}

static TupleTableSlot *
NextRow(PlanState *node)
{
	const Source *source = SourceOf(node);

	source->capture->tcs_original_insert_tuple = NULL;
	return source->next_row(node);
}

static void
Forget(void *arg)
{
	dlist_delete(&((Source *) arg)->in_list);
}

static bool
MixesRows(const ModifyTableState *state)
{
	return state->operation == CMD_MERGE && state->mt_transition_capture != NULL &&
		state->mt_transition_capture->tcs_update_new_table &&
		state->rootResultRelInfo->ri_RelationDesc->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
}

static void
KeepApart(PlanState *plan)
{
	ModifyTableState *state = (ModifyTableState *) plan;
	MemoryContext context = plan->state->es_query_cxt;
	Source	   *source;

	if (!IsA(plan, ModifyTableState) || !MixesRows(state))
		return;
	source = MemoryContextAlloc(context, sizeof(Source));
	source->node = outerPlanState(plan);
	source->next_row = source->node->ExecProcNodeReal;
	source->node->ExecProcNodeReal = NextRow;
	source->capture = state->mt_transition_capture;
	source->at_end.func = Forget;
	source->at_end.arg = source;
	dlist_push_head(&sources, &source->in_list);
	MemoryContextRegisterResetCallback(context, &source->at_end);
}

static void
StartQuery(QueryDesc *query, int eflags)
{
	ListCell   *lc;

	has_started = true;
	if (next_start != NULL)
		next_start(query, eflags);
	else
		standard_ExecutorStart(query, eflags);
	KeepApart(query->planstate);
	foreach(lc, query->estate->es_auxmodifytables)
		KeepApart(lfirst(lc));
}

/* Triggers for inserts are called first; if one of them loads the library, its statement has begun. */
static void
NoteMissed(Oid target)
{
	if (has_started)
		return;
	missed_target = target;
	missed_command = GetActiveSnapshot()->curcid;
}

/* Such as INSERT ... ON CONFLICT DO UPDATE, which calls the triggers of a MERGE. */
static bool
IsPlainInsert(Oid target)
{
	const PlannedStmt *sent = ActivePortal != NULL && list_length(ActivePortal->stmts) == 1 ?
		linitial_node(PlannedStmt, ActivePortal->stmts) : NULL;

	return sent != NULL && sent->commandType == CMD_INSERT && !sent->hasModifyingCTE &&
		rt_fetch(linitial_int(sent->resultRelations), sent->rtable)->relid == target;
}

static bool
IsMissed(Oid target)
{
	return target == missed_target && GetActiveSnapshot()->curcid == missed_command &&
		loaded_at > GetCurrentStatementStartTimestamp() && !IsPlainInsert(target);
}

void
RequireTransitionRows(const TriggerData *data)
{
	Relation	target = data->tg_relation;

	if (!MERGE_MIXES_TRANSITION_ROWS || target->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		return;
	if (TRIGGER_FIRED_BY_INSERT(data->tg_event))
		NoteMissed(RelationGetRelid(target));
	else if (TRIGGER_FIRED_BY_UPDATE(data->tg_event) && IsMissed(RelationGetRelid(target)))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("library \"pg_elt\" was not loaded when a statement that inserts and updates rows "
						"of table \"%s\" began", RelationGetRelationName(target)),
				 errdetail("Without it, PostgreSQL 18 may pass wrong rows of a MERGE to the triggers of a "
						   "partitioned table."),
				 errhint("Repeat the statement. To load the library with each session, add it to "
						 "shared_preload_libraries or session_preload_libraries.")));
}

void
TransitionCaptureInit(void)
{
	loaded_at = GetCurrentTimestamp();
	if (!MERGE_MIXES_TRANSITION_ROWS)
		return;
	next_start = ExecutorStart_hook;
	ExecutorStart_hook = StartQuery;
}
