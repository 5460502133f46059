/*
 * star_planner.c
 *	  Look for joins of facts with dimensions in every query that is planned.
 */
#include "base/compat.h"
#include "star/star_planner.h"

#include <limits.h>

#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/planmain.h"
#include "optimizer/planner.h"
#include "star/star_join.h"
#include "utils/guc.h"

static bool star_joins = true;
static planner_hook_type next_planner = NULL;

/* What the walk through the levels of a query has with it. */
typedef struct Planning
{
	ParamListInfo params;
	int			dropped;		/* LEFT JOINs that the planner will leave out */
} Planning;

static void
AddConditions(StarLevel *level, Node **condition)
{
	ListCell   *lc;

	if (*condition == NULL)
		return;
	if (!is_andclause(*condition))
	{
		level->conditions = lappend(level->conditions, condition);
		return;
	}
	foreach(lc, ((BoolExpr *) *condition)->args)
		AddConditions(level, (Node **) &lfirst(lc));
}

static void
AddInner(StarLevel *level, Node *node)
{
	ListCell   *lc;

	if (IsA(node, RangeTblRef))
		level->inner = bms_add_member(level->inner, ((RangeTblRef *) node)->rtindex);
	else if (IsA(node, FromExpr))
	{
		foreach(lc, ((FromExpr *) node)->fromlist)
			AddInner(level, lfirst(lc));
		AddConditions(level, &((FromExpr *) node)->quals);
	}
	else if (IsA(node, JoinExpr) && ((JoinExpr *) node)->jointype == JOIN_INNER)
	{
		AddInner(level, ((JoinExpr *) node)->larg);
		AddInner(level, ((JoinExpr *) node)->rarg);
		AddConditions(level, &((JoinExpr *) node)->quals);
	}
}

static void
PlanLevel(Query *query, Planning *planning)
{
	StarLevel	level = {query, NULL, NIL};

	if (query->commandType != CMD_SELECT || query->rowMarks != NIL || list_length(query->rtable) < 2)
		return;
	AddInner(&level, (Node *) query->jointree);
	planning->dropped += StarJoinsReplace(&level, planning->params);
}

static bool
PlanLevelsWalker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (!IsA(node, Query))
		return expression_tree_walker(node, PlanLevelsWalker, context);
	check_stack_depth();
	PlanLevel((Query *) node, context);
	return query_tree_walker((Query *) node, PlanLevelsWalker, context, 0);
}

static PlannedStmt *
PlanNext(Query *query, const char *text, int options, ParamListInfo params)
{
	return next_planner != NULL ? next_planner(query, text, options, params) :
		standard_planner(query, text, options, params);
}

/* What the planner leaves out does not count among the relations whose order it chooses. */
static PlannedStmt *
PlanStarJoins(Query *query, const char *text, int options, ParamListInfo params)
{
	Planning	planning = {params, 0};
	int			limit = join_collapse_limit;
	PlannedStmt *plan;

	if (star_joins)
		(void) PlanLevelsWalker((Node *) query, &planning);
	if (planning.dropped == 0 || limit == 1)
		return PlanNext(query, text, options, params);
	PG_TRY();
	{
		join_collapse_limit = Min(limit, INT_MAX - planning.dropped) + planning.dropped;
		plan = PlanNext(query, text, options, params);
	}
	PG_FINALLY();
	{
		join_collapse_limit = limit;
	}
	PG_END_TRY();
	return plan;
}

void
StarPlannerInit(void)
{
	DefineCustomBoolVariable("elt.star_joins",
							 "Plans joins of facts that look keys up with filtered dimensions as "
							 "joins by the natural key.",
							 NULL, &star_joins, true, PGC_USERSET, 0, NULL, NULL, NULL);
	next_planner = planner_hook;
	planner_hook = PlanStarJoins;
}
