/*
 * fixed_member.c
 *	  The members unknown, missing and invalid: what they hold, and which conditions leave them out.
 *
 * A constraint keeps the values of the fixed members. So what a condition says of them when a query
 * is planned holds until the constraint is dropped, and that ends the plan.
 */
#include "base/compat.h"
#include "star/fixed_member.h"

#include "access/genam.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define CONSTRAINT "fixed_members"

const char *
FixedMemberName(int key)
{
	static const char *const names[] = {"unknown", "missing", "invalid"};

	Assert(key <= MEMBER_UNKNOWN && key >= MEMBER_INVALID);
	return names[MEMBER_UNKNOWN - key];
}

/* ---- constraint ---- */

void
FixedMembersUnpin(const char *table, Oid role)
{
	Sql			q;

	SqlBegin(&q, "select from pg_catalog.pg_constraint where conrelid = $1::regclass"
			 " and conname = '" CONSTRAINT "'");
	SqlAddText(&q, table);
	if (SqlDo(&q, AsCatalog()) > 0)
		(void) SqlExec(psprintf("ALTER TABLE %s DROP CONSTRAINT " CONSTRAINT, table), role);
}

void
FixedMembersPin(const char *table, const char *key, List *named, List *conditions, Oid role)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, named)
		AppendItem(&sql, " AND ", "%s COLLATE \"C\" IS NOT DISTINCT FROM CASE %s WHEN %d THEN %s"
				   " WHEN %d THEN %s ELSE %s END", (char *) lfirst(lc), key,
				   MEMBER_UNKNOWN, quote_literal_cstr(FixedMemberName(MEMBER_UNKNOWN)),
				   MEMBER_MISSING, quote_literal_cstr(FixedMemberName(MEMBER_MISSING)),
				   quote_literal_cstr(FixedMemberName(MEMBER_INVALID)));
	foreach(lc, conditions)
		AppendItem(&sql, " AND ", "%s", (char *) lfirst(lc));
	FixedMembersUnpin(table, role);
	(void) SqlExec(psprintf("ALTER TABLE %s ADD CONSTRAINT " CONSTRAINT " CHECK (%s >= 0 OR %s)",
							table, key, sql.data), role);
}

static const ConstrCheck *
ConstraintOf(Relation rel)
{
	const TupleConstr *constraints = RelationGetDescr(rel)->constr;

	for (int i = 0; constraints != NULL && i < constraints->num_check; i++)
		if (strcmp(constraints->check[i].ccname, CONSTRAINT) == 0 && constraints->check[i].ccvalid)
			return &constraints->check[i];
	return NULL;
}

/* ---- conditions ---- */

/* A fixed member, as the constraint keeps it. */
typedef struct Member
{
	TupleTableSlot *slot;
	const Bitmapset *columns;	/* that the constraint keeps */
} Member;

static bool
IsNull(const Member *member, const Var *var)
{
	return slot_attisnull(member->slot, var->varattno);
}

/* Is the value null whatever else it depends on? */
static bool
MustBeNull(const Member *member, Node *node)
{
	List	   *args;
	ListCell   *lc;

	if (IsA(node, Var))
		return IsNull(member, (Var *) node);
	if (IsA(node, RelabelType))
		return MustBeNull(member, (Node *) ((RelabelType *) node)->arg);
	if (IsA(node, OpExpr) && func_strict(get_opcode(((OpExpr *) node)->opno)))
		args = ((OpExpr *) node)->args;
	else if (IsA(node, FuncExpr) && func_strict(((FuncExpr *) node)->funcid))
		args = ((FuncExpr *) node)->args;
	else
		return false;
	foreach(lc, args)
		if (MustBeNull(member, lfirst(lc)))
			return true;
	return false;
}

/* "null = ANY (array)" is null, or false when the array is empty. */
static bool
CannotBeTrue(const Member *member, Node *node)
{
	ScalarArrayOpExpr *any = (ScalarArrayOpExpr *) node;

	if (!IsA(node, ScalarArrayOpExpr))
		return MustBeNull(member, node);
	return any->useOr && func_strict(get_opcode(any->opno)) && MustBeNull(member, linitial(any->args));
}

static bool
IsComparison(Oid operator)
{
	return OperatorInterpretations(operator) != NIL;
}

/* Only what cannot fail: comparisons of columns and constants. */
static bool
CannotFail(Node *node)
{
	switch (nodeTag(node))
	{
		case T_Var:
		case T_Const:
		case T_RelabelType:
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_ArrayExpr:
		case T_List:
			break;
		case T_OpExpr:
			if (!IsComparison(((OpExpr *) node)->opno))
				return false;
			break;
		case T_ScalarArrayOpExpr:
			if (!IsComparison(((ScalarArrayOpExpr *) node)->opno))
				return false;
			break;
		default:
			return false;
	}
	return true;
}

static bool
MayFailWalker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return !CannotFail(node) || expression_tree_walker(node, MayFailWalker, context);
}

static bool
IsTrue(const Member *member, Node *condition)
{
	EState	   *estate = CreateExecutorState();
	ExprContext *econtext = CreateExprContext(estate);
	ExprState  *state = ExecPrepareExpr((Expr *) condition, estate);
	bool		isnull;
	Datum		result;

	econtext->ecxt_scantuple = member->slot;
	result = ExecEvalExprSwitchContext(state, econtext, &isnull);
	FreeExecutorState(estate);
	return !isnull && DatumGetBool(result);
}

static bool
LeavesOut(const Member *member, Node *condition)
{
	Bitmapset  *columns = NULL;

	pull_varattnos(condition, 1, &columns);
	if (!bms_is_subset(columns, member->columns))
		return false;
	if (CannotBeTrue(member, condition))
		return true;
	return !MayFailWalker(condition, NULL) && !contain_mutable_functions(condition) &&
		!IsTrue(member, condition);
}

/* Parameters that are known are constants. */
static List *
Folded(List *conditions, ParamListInfo params)
{
	PlannerInfo *root = makeNode(PlannerInfo);
	List	   *folded = NIL;
	ListCell   *lc;

	root->glob = makeNode(PlannerGlobal);
	root->glob->boundParams = params;
	foreach(lc, conditions)
		folded = lappend(folded, eval_const_expressions(root, lfirst(lc)));
	return folded;
}

static bool
SomeLeaveOut(const Member *member, List *conditions)
{
	ListCell   *lc;

	foreach(lc, conditions)
		if (LeavesOut(member, lfirst(lc)))
			return true;
	return false;
}

/* ---- members ---- */

static Oid
UniqueIndexOn(Relation rel, AttrNumber key)
{
	Oid			found = InvalidOid;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);
		Form_pg_index form = index->rd_index;

		if (form->indisunique && form->indisvalid && form->indnkeyatts == 1 &&
			form->indkey.values[0] == key && RelationGetIndexPredicate(index) == NIL)
			found = lfirst_oid(lc);
		index_close(index, AccessShareLock);
	}
	return found;
}

/* The key of a table in the schema of its dimension is a bigint, and that of days an int. */
static void
SetScanKey(ScanKey scan, Relation rel, AttrNumber key, int member)
{
	if (TupleDescAttr(RelationGetDescr(rel), key - 1)->atttypid == INT8OID)
		ScanKeyInit(scan, key, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(member));
	else
		ScanKeyInit(scan, key, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(member));
}

/* What a snapshot from before the constraint has is not what others see: the row must be the current one. */
static bool
MemberIsLeftOut(Relation rel, Oid index, AttrNumber key, int number, const Bitmapset *columns,
				List *conditions)
{
	Member		member = {.columns = columns};
	ScanKeyData scan_key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		left_out = false;

	SetScanKey(&scan_key, rel, key, number);
	scan = systable_beginscan(rel, index, true, GetActiveSnapshot(), 1, &scan_key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple) && systable_recheck_tuple(scan, tuple))
	{
		member.slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsHeapTuple);
		ExecStoreHeapTuple(tuple, member.slot, false);
		left_out = SomeLeaveOut(&member, conditions);
		ExecDropSingleTupleTableSlot(member.slot);
	}
	systable_endscan(scan);
	return left_out;
}

bool
FixedMembersAreLeftOut(Oid table, AttrNumber key, List *conditions, ParamListInfo params)
{
	Relation	rel = table_open(table, AccessShareLock);
	const ConstrCheck *constraint = ConstraintOf(rel);
	Oid			index = UniqueIndexOn(rel, key);
	bool		left_out = constraint != NULL && OidIsValid(index) && ActiveSnapshotSet();
	Bitmapset  *columns = NULL;
	List	   *folded;

	if (left_out)
	{
		folded = Folded(conditions, params);
		pull_varattnos(stringToNode(constraint->ccbin), 1, &columns);
		for (int number = MEMBER_UNKNOWN; left_out && number >= MEMBER_INVALID; number--)
			left_out = MemberIsLeftOut(rel, index, key, number, columns, folded);
	}
	table_close(rel, AccessShareLock);
	return left_out;
}
