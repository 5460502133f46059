/*
 * native_logic.c
 *	  Native AND, OR, NOT, IS and constants.
 */
#include "base/compat.h"
#include "predicate/native_node.h"

typedef struct ConstantNode
{
	NativeNode	node;
	uint8		verdict;
} ConstantNode;

/* NOT and IS */
typedef struct UnaryNode
{
	NativeNode	node;
	NativeNode *child;
	uint8		verdict;
} UnaryNode;

/* AND and OR */
typedef struct ListNode
{
	NativeNode	node;
	int			nchildren;
	NativeNode **children;
	uint8		other[NATIVE_ROWS]; /* verdicts of one child */
} ListNode;

typedef struct ColumnNode
{
	NativeNode	node;
	int			column;
} ColumnNode;

static void
RunConstant(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	memset(verdicts, ((ConstantNode *) node)->verdict, rows->nrows);
}

NativeNode *
NativeConstant(uint8 verdict)
{
	ConstantNode *constant = palloc0(sizeof(ConstantNode));

	constant->node.run = RunConstant;
	constant->verdict = verdict;
	return &constant->node;
}

static void
RunAnd(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	ListNode   *list = (ListNode *) node;

	list->children[0]->run(list->children[0], rows, verdicts);
	for (int c = 1; c < list->nchildren; c++)
	{
		list->children[c]->run(list->children[c], rows, list->other);
		for (int i = 0; i < rows->nrows; i++)
			verdicts[i] = Min(verdicts[i], list->other[i]);
	}
}

static void
RunOr(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	ListNode   *list = (ListNode *) node;

	list->children[0]->run(list->children[0], rows, verdicts);
	for (int c = 1; c < list->nchildren; c++)
	{
		list->children[c]->run(list->children[c], rows, list->other);
		for (int i = 0; i < rows->nrows; i++)
			verdicts[i] = Max(verdicts[i], list->other[i]);
	}
}

static NativeNode *
MakeList(NativeRun run, List *nodes)
{
	ListNode   *list = palloc0(sizeof(ListNode));
	ListCell   *lc;

	list->node.run = run;
	list->children = palloc(sizeof(NativeNode *) * list_length(nodes));
	foreach(lc, nodes)
		list->children[list->nchildren++] = lfirst(lc);
	return &list->node;
}

static bool
NarrowsOneOf(List *nodes, const NativeNode *by)
{
	ListCell   *lc;

	foreach(lc, nodes)
		if (NativeNarrowRange(lfirst(lc), by))
			return true;
	return false;
}

NativeNode *
NativeAnd(List *nodes)
{
	List	   *kept = NIL;
	ListCell   *lc;

	foreach(lc, nodes)
		if (!NarrowsOneOf(kept, lfirst(lc)))
			kept = lappend(kept, lfirst(lc));
	return list_length(kept) == 1 ? linitial(kept) : MakeList(RunAnd, kept);
}

NativeNode *
NativeOr(List *nodes)
{
	return list_length(nodes) == 1 ? linitial(nodes) : MakeList(RunOr, nodes);
}

static void
RunNot(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	UnaryNode  *unary = (UnaryNode *) node;

	unary->child->run(unary->child, rows, verdicts);
	for (int i = 0; i < rows->nrows; i++)
		verdicts[i] = NATIVE_TRUE - verdicts[i];
}

static void
RunIs(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	UnaryNode  *unary = (UnaryNode *) node;

	unary->child->run(unary->child, rows, verdicts);
	for (int i = 0; i < rows->nrows; i++)
		verdicts[i] = verdicts[i] == unary->verdict ? NATIVE_TRUE : NATIVE_FALSE;
}

static NativeNode *
MakeUnary(NativeRun run, NativeNode *child, uint8 verdict)
{
	UnaryNode  *unary = palloc0(sizeof(UnaryNode));

	unary->node.run = run;
	unary->child = child;
	unary->verdict = verdict;
	return &unary->node;
}

NativeNode *
NativeNot(NativeNode *node)
{
	return MakeUnary(RunNot, node, NATIVE_NULL);
}

NativeNode *
NativeIs(NativeNode *node, uint8 verdict)
{
	return MakeUnary(RunIs, node, verdict);
}

static void
RunIsNull(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	const bool *isnull = rows->isnull + ((ColumnNode *) node)->column;

	for (int i = 0; i < rows->nrows; i++)
		verdicts[i] = isnull[i * rows->natts] ? NATIVE_TRUE : NATIVE_FALSE;
}

static void
RunBoolColumn(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	int			column = ((ColumnNode *) node)->column;

	for (int i = 0; i < rows->nrows; i++)
	{
		int			at = i * rows->natts + column;

		if (rows->isnull[at])
			verdicts[i] = NATIVE_NULL;
		else
			verdicts[i] = DatumGetBool(rows->values[at]) ? NATIVE_TRUE : NATIVE_FALSE;
	}
}

static NativeNode *
MakeColumn(NativeRun run, int column)
{
	ColumnNode *node = palloc0(sizeof(ColumnNode));

	node->node.run = run;
	node->column = column;
	return &node->node;
}

NativeNode *
NativeColumnIsNull(int column)
{
	return MakeColumn(RunIsNull, column);
}

NativeNode *
NativeBoolColumn(int column)
{
	return MakeColumn(RunBoolColumn, column);
}
