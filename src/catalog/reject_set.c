/*
 * reject_set.c
 *	  Find the rejects that a condition selects.
 */
#include "base/compat.h"
#include "catalog/reject_set.h"

#include "base/sql.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"

/* It is parsed by itself first, so that it cannot close the parentheses around it. */
static void
CheckIsCondition(const char *condition)
{
	List	   *statements = raw_parser(condition, RAW_PARSE_PLPGSQL_EXPR);
	SelectStmt *select = (SelectStmt *) linitial_node(RawStmt, statements)->stmt;

	if (IsA(select, SelectStmt) && list_length(select->targetList) == 1 &&
		select->fromClause == NIL && select->op == SETOP_NONE && select->withClause == NULL &&
		select->intoClause == NULL && select->sortClause == NIL && select->limitCount == NULL &&
		select->lockingClause == NIL && select->whereClause == NULL &&
		select->groupClause == NIL && select->limitOffset == NULL &&
		linitial_node(ResTarget, select->targetList)->name == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("condition must be a single boolean expression"),
			 errhint("Specify a condition on the columns of elt.rejects, such as reason = "
					 "'parse'.")));
}

/* The condition is a statement of the current user, with the rights of that user. */
ChosenIds
ChosenIdsOf(const Pipeline *p, const RejectSet *set)
{
	ChosenIds	chosen = {set->id == 0 && set->condition == NULL};
	Sql			q;

	if (set->condition == NULL)
		return chosen;
	CheckIsCondition(set->condition);
	SqlBegin(&q, psprintf("select reject_id from elt.rejects where pipeline = $1"
						  " and state in ('new', 'fixed') and (%s\n)", set->condition));
	SqlAddText(&q, p->name);
	chosen.ids = SqlRunNumbers(&q, GetUserId());
	return chosen;
}

const char *
AndChosen(const ChosenIds *chosen, const RejectSet *set)
{
	if (chosen->is_all)
		return "";
	return set->id != 0 ? " and j.id = $2" : " and j.id = any ($2)";
}

void
AddChosen(Sql *q, const ChosenIds *chosen, const RejectSet *set)
{
	if (set->id != 0)
		SqlAddInt8(q, set->id);
	else if (!chosen->is_all)
		SqlAddInt8Array(q, chosen->ids.columns[0], chosen->ids.count);
}
