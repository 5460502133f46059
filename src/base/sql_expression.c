/*
 * sql_expression.c
 *	  Parse the text of an expression by itself, before it is used in a statement or analysed.
 */
#include "base/compat.h"
#include "base/sql_expression.h"

#include "parser/analyze.h"
#include "parser/parser.h"
#include "utils/snapmgr.h"

static bool
IsBareExpression(SelectStmt *select)
{
	ResTarget  *target;

	if (list_length(select->targetList) != 1 || select->distinctClause != NIL ||
		select->fromClause != NIL || select->whereClause != NULL ||
		select->groupClause != NIL || select->havingClause != NULL ||
		select->windowClause != NIL || select->sortClause != NIL ||
		select->limitOffset != NULL || select->limitCount != NULL ||
		select->lockingClause != NIL || select->withClause != NULL ||
		select->intoClause != NULL || select->op != SETOP_NONE)
		return false;
	target = linitial_node(ResTarget, select->targetList);
	return target->name == NULL && target->indirection == NIL;
}

Node *
SqlExpressionParse(const char *text)
{
	List	   *statements = raw_parser(text, RAW_PARSE_PLPGSQL_EXPR);
	Node	   *statement = linitial_node(RawStmt, statements)->stmt;

	if (!IsA(statement, SelectStmt) || !IsBareExpression((SelectStmt *) statement))
		return NULL;
	return linitial_node(ResTarget, ((SelectStmt *) statement)->targetList)->val;
}

Query *
SqlAnalyse(const char *statement)
{
	RawStmt    *raw = linitial_node(RawStmt, raw_parser(statement, RAW_PARSE_DEFAULT));
	Query	   *query;

	PushActiveSnapshot(GetTransactionSnapshot());
	query = parse_analyze_fixedparams(raw, statement, NULL, 0, NULL);
	PopActiveSnapshot();
	return query;
}

void
ErrorIsInText(const char *text)
{
	int			position = geterrposition();

	if (position <= 0)
		return;
	errposition(0);
	internalerrposition(position);
	internalerrquery(text);
}
