/*
 * star_join.c
 *	  Joins of facts that look their keys up with dimensions, planned as joins by the natural key.
 *
 * A fact that looks up its keys has coalesce(d.key, fixed member) of a LEFT JOIN with the members d.
 * A join "dim.key = fact.key" on that reads every fact, whatever the dimension is filtered by. Where
 * the filter leaves the fixed members out, only facts whose member was found remain, so the same rows
 * come from "dim.natural_key = fact.natural_key", for which the planner can begin with the dimension.
 * Where a natural key leads to several rows of d, as in a history, d.key alone takes the place of
 * coalesce; the LEFT JOIN becomes an inner one by it.
 *
 * Everything is told from the query: the views have no mark. Nothing is changed for a join below an
 * outer join, and nothing when a condition cannot be proven.
 */
#include "base/compat.h"
#include "star/star_join.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "star/dimension.h"
#include "star/fixed_member.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* The key of a fact that is looked up in d, and the key of a dimension over the same table. */
typedef struct StarJoin
{
	int			fact;			/* numbers of relations of the level */
	int			dimension;
	RangeTblEntry *fact_rte;
	Query	   *dimension_query;
	Var		   *looked_up;		/* d.key, within the view of the fact */
	Node	   *found_by;		/* ON of the LEFT JOIN */
	Var		   *key;			/* of the members, within the view of the dimension */
	Oid			members;
} StarJoin;

/* ---- views ---- */

/* The query of a view that only joins and computes. */
static Query *
PlainQuery(const StarLevel *level, int number)
{
	RangeTblEntry *rte = rt_fetch(number, level->query->rtable);
	Query	   *q = rte->subquery;

	if (rte->rtekind != RTE_SUBQUERY || rte->security_barrier || rte->lateral ||
		q->commandType != CMD_SELECT || q->setOperations != NULL || q->hasAggs ||
		q->hasWindowFuncs || q->hasTargetSRFs || q->groupClause != NIL || q->groupingSets != NIL ||
		q->havingQual != NULL || q->distinctClause != NIL || q->limitCount != NULL ||
		q->limitOffset != NULL || q->rowMarks != NIL || q->cteList != NIL ||
		list_length(q->jointree->fromlist) != 1)
		return NULL;
	return q;
}

static Node *
OutputOf(const Query *q, AttrNumber attno)
{
	if (attno <= 0 || attno > list_length(q->targetList))
		return NULL;
	return (Node *) ((TargetEntry *) list_nth(q->targetList, attno - 1))->expr;
}

/* A query in place of a relation with this number. */
typedef struct Inner
{
	int			number;
	Query	   *query;
} Inner;

static Node *
ToInnerMutator(Node *node, void *context)
{
	const Inner *inner = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varno == inner->number && ((Var *) node)->varlevelsup == 0)
	{
		Node	   *output = OutputOf(inner->query, ((Var *) node)->varattno);

		return output != NULL ? copyObject(output) : node;
	}
	return expression_tree_mutator(node, ToInnerMutator, context);
}

/* The query of a dimension; that of a role selects from the view of another. */
static Query *
DimensionQuery(const StarLevel *level, int number)
{
	Query	   *q = PlainQuery(level, number);
	StarLevel	within = {q, NULL, NIL};
	Inner		inner;
	Query	   *flat;
	ListCell   *lc;

	if (q == NULL || !IsA(linitial(q->jointree->fromlist), RangeTblRef) || q->jointree->quals != NULL)
		return q;
	inner.number = ((RangeTblRef *) linitial(q->jointree->fromlist))->rtindex;
	inner.query = PlainQuery(&within, inner.number);
	if (inner.query == NULL || q->hasSubLinks)
		return q;
	flat = copyObject(inner.query);
	flat->targetList = NIL;
	foreach(lc, q->targetList)
		flat->targetList = lappend(flat->targetList, ToInnerMutator(lfirst(lc), &inner));
	return flat;
}

/* The column of the query that has a column of one of its relations, or 0. */
static AttrNumber
ColumnWith(const Query *q, const Var *var)
{
	ListCell   *lc;

	foreach(lc, q->targetList)
	{
		TargetEntry *entry = lfirst(lc);
		Var		   *output = (Var *) entry->expr;

		if (!entry->resjunk && IsA(output, Var) && output->varno == var->varno &&
			output->varattno == var->varattno && output->varlevelsup == 0)
			return entry->resno;
	}
	return 0;
}

/* Are all values that the expression can have the keys of fixed members? */
static bool
IsFixedKey(Node *node)
{
	ListCell   *lc;
	int64		key;

	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcformat != COERCE_EXPLICIT_CALL &&
		list_length(((FuncExpr *) node)->args) == 1)
		return IsFixedKey(linitial(((FuncExpr *) node)->args));
	if (IsA(node, CaseExpr))
	{
		foreach(lc, ((CaseExpr *) node)->args)
			if (!IsFixedKey((Node *) lfirst_node(CaseWhen, lc)->result))
				return false;
		return IsFixedKey((Node *) ((CaseExpr *) node)->defresult);
	}
	if (!IsA(node, Const) || ((Const *) node)->constisnull)
		return false;
	if (((Const *) node)->consttype == INT4OID)
		key = DatumGetInt32(((Const *) node)->constvalue);
	else if (((Const *) node)->consttype == INT8OID)
		key = DatumGetInt64(((Const *) node)->constvalue);
	else
		return false;
	return key <= MEMBER_UNKNOWN && key >= MEMBER_INVALID;
}

static Oid
TableOf(const Query *q, int number)
{
	RangeTblEntry *rte = rt_fetch(number, q->rtable);

	return rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_RELATION &&
		rte->tablesample == NULL && rte->securityQuals == NIL && !has_subclass(rte->relid) ?
		rte->relid : InvalidOid;
}

/* ON of the LEFT JOIN with the relation, when it is one of a chain; else NULL. */
static Node *
LeftJoinCondition(const Query *q, int number)
{
	Node	   *node = linitial(q->jointree->fromlist);

	while (IsA(node, JoinExpr) && ((JoinExpr *) node)->jointype == JOIN_LEFT)
	{
		JoinExpr   *join = (JoinExpr *) node;

		if (IsA(join->rarg, RangeTblRef) && ((RangeTblRef *) join->rarg)->rtindex == number)
			return join->quals;
		node = join->larg;
	}
	return NULL;
}

/* ---- the join ---- */

/* Such a row would get the columns that are added. */
static bool
IsUsedAsRow(const StarLevel *level, int number)
{
	ListCell   *lc;

	foreach(lc, pull_vars_of_level((Node *) level->query, 0))
		if (((Var *) lfirst(lc))->varno == number && ((Var *) lfirst(lc))->varattno == 0)
			return true;
	return false;
}

static bool
ReadFact(const StarLevel *level, const Var *var, StarJoin *join)
{
	Query	   *q = PlainQuery(level, var->varno);
	Node	   *output = q == NULL ? NULL : OutputOf(q, var->varattno);
	List	   *args;

	if (output == NULL || !IsA(output, CoalesceExpr))
		return false;
	args = ((CoalesceExpr *) output)->args;
	if (list_length(args) != 2 || !IsA(linitial(args), Var) || !IsFixedKey(lsecond(args)))
		return false;
	join->looked_up = linitial(args);
	if (join->looked_up->varlevelsup != 0 || join->looked_up->vartype != var->vartype)
		return false;
	join->found_by = LeftJoinCondition(q, join->looked_up->varno);
	join->members = TableOf(q, join->looked_up->varno);
	join->fact = var->varno;
	join->fact_rte = rt_fetch(var->varno, level->query->rtable);
	return join->found_by != NULL && OidIsValid(join->members) && !IsUsedAsRow(level, var->varno);
}

static bool
ReadDimension(const StarLevel *level, const Var *var, StarJoin *join)
{
	Query	   *q = DimensionQuery(level, var->varno);
	Node	   *output = q == NULL ? NULL : OutputOf(q, var->varattno);

	if (output == NULL || !IsA(output, Var))
		return false;
	join->key = (Var *) output;
	join->dimension = var->varno;
	join->dimension_query = q;
	return join->key->varlevelsup == 0 && join->key->varattno == join->looked_up->varattno &&
		TableOf(q, join->key->varno) == join->members;
}

/* A column of a query around this one, whose relations have numbers of their own. */
static bool
HasOuterColumn(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varlevelsup > 0;
	return expression_tree_walker(node, HasOuterColumn, context);
}

/* Columns of the dimension as the columns of its members, whose number becomes 1. */
typedef struct Members
{
	const StarJoin *join;
	bool		failed;
} Members;

static Node *
ToMembersMutator(Node *node, void *context)
{
	Members    *members = context;
	const StarJoin *join = members->join;
	Node	   *output;

	if (node == NULL || members->failed)
		return node;
	if (!IsA(node, Var))
	{
		members->failed = IsA(node, SubLink) || IsA(node, Query);
		return members->failed ? node : expression_tree_mutator(node, ToMembersMutator, context);
	}
	output = ((Var *) node)->varno == join->dimension && ((Var *) node)->varlevelsup == 0 ?
		OutputOf(join->dimension_query, ((Var *) node)->varattno) : NULL;
	members->failed = output == NULL || contain_subplans(output) || HasOuterColumn(output, NULL) ||
		!bms_equal(pull_varnos(NULL, output), bms_make_singleton(join->key->varno));
	if (members->failed)
		return node;
	output = copyObject(output);
	if (join->key->varno != 1)
		ChangeVarNodes(output, join->key->varno, 1, 0);
	return output;
}

/* Conditions on nothing but the members. */
static List *
ConditionsOnMembers(const StarLevel *level, const StarJoin *join)
{
	List	   *conditions = NIL;
	ListCell   *lc;

	foreach(lc, level->conditions)
	{
		Members		members = {join, false};
		Node	   *condition = ToMembersMutator(*(Node **) lfirst(lc), &members);

		if (!members.failed)
			conditions = lappend(conditions, condition);
	}
	return conditions;
}

/* ---- natural keys ---- */

/* "d.a = anything else", or NULL; the side of d comes first. */
static OpExpr *
Equality(Node *node, int members, Var **column, Node **value)
{
	OpExpr	   *equality = (OpExpr *) node;
	int			side;

	if (!IsA(node, OpExpr) || list_length(equality->args) != 2)
		return NULL;
	side = IsA(linitial(equality->args), Var) &&
		((Var *) linitial(equality->args))->varno == members ? 0 : 1;
	*column = list_nth(equality->args, side);
	*value = list_nth(equality->args, 1 - side);
	if (!IsA(*column, Var) || (*column)->varno != members || contain_subplans(*value) ||
		contain_volatile_functions(*value) || HasOuterColumn(node, NULL) ||
		bms_is_member(members, pull_varnos(NULL, *value)))
		return NULL;
	return equality;
}

static List *
Equalities(const StarJoin *join)
{
	return is_andclause(join->found_by) ? ((BoolExpr *) join->found_by)->args :
		list_make1(join->found_by);
}

static bool
EqualityOnIndex(const StarJoin *join, Relation index, int n)
{
	ListCell   *lc;

	foreach(lc, Equalities(join))
	{
		Var		   *column;
		Node	   *value;
		OpExpr	   *equality = Equality(lfirst(lc), join->looked_up->varno, &column, &value);

		if (equality != NULL && column->varattno == index->rd_index->indkey.values[n] &&
			get_op_opfamily_strategy(equality->opno, index->rd_opfamily[n]) == BTEqualStrategyNumber &&
			(!OidIsValid(index->rd_indcollation[n]) ||
			 index->rd_indcollation[n] == equality->inputcollid))
			return true;
	}
	return false;
}

static bool
IndexMakesUnique(const StarJoin *join, Oid oid)
{
	Relation	index = index_open(oid, AccessShareLock);
	Form_pg_index form = index->rd_index;
	bool		unique = form->indisunique && form->indisvalid && form->indimmediate &&
		index->rd_rel->relam == BTREE_AM_OID && RelationGetIndexPredicate(index) == NIL &&
		form->indnkeyatts == list_length(Equalities(join));

	for (int n = 0; unique && n < form->indnkeyatts; n++)
		unique = EqualityOnIndex(join, index, n);
	index_close(index, AccessShareLock);
	return unique;
}

/* Is a member found by equalities alone, of which no other has the same values? */
static bool
FindsOneMember(const StarJoin *join)
{
	Relation	rel = table_open(join->members, AccessShareLock);
	bool		unique = false;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
		unique = unique || IndexMakesUnique(join, lfirst_oid(lc));
	table_close(rel, AccessShareLock);
	return unique;
}

static Var *
AddOutput(const StarJoin *join, const Node *value)
{
	Query	   *q = join->fact_rte->subquery;
	AttrNumber	attno = list_length(q->targetList) + 1;
	TargetEntry *entry = makeTargetEntry((Expr *) copyObject(value), attno,
										 psprintf("star_%d", attno), false);

	q->targetList = lappend(q->targetList, entry);
	join->fact_rte->eref->colnames = lappend(join->fact_rte->eref->colnames,
											 makeString(entry->resname));
	return makeVar(join->fact, attno, exprType(value), exprTypmod(value), exprCollation(value), 0);
}

/* "dim.a = fact.a AND dim.b = fact.b", or NULL when the view of the dimension lacks a column. */
static Node *
JoinByNaturalKey(const StarJoin *join)
{
	List	   *equalities = NIL;
	ListCell   *lc;

	foreach(lc, Equalities(join))
	{
		Var		   *column;
		Node	   *value;
		OpExpr	   *equality = Equality(lfirst(lc), join->looked_up->varno, &column, &value);
		bool		first = linitial(equality->args) == column;
		Var			stored = *column;
		Var		   *member;
		Var		   *fact;

		stored.varno = join->key->varno;
		if (ColumnWith(join->dimension_query, &stored) == 0)
			return NULL;
		member = makeVar(join->dimension, ColumnWith(join->dimension_query, &stored),
						 column->vartype, column->vartypmod, column->varcollid, 0);
		fact = AddOutput(join, value);
		equality = copyObject(equality);
		equality->args = first ? list_make2(member, fact) : list_make2(fact, member);
		equalities = lappend(equalities, equality);
	}
	return (Node *) make_ands_explicit(equalities);
}

static bool
IsOneTable(const Query *q)
{
	return IsA(linitial(q->jointree->fromlist), RangeTblRef) && q->jointree->quals == NULL;
}

/* True: the planner will leave the LEFT JOIN out. */
static bool
Replace(const StarJoin *join, Node **condition)
{
	OpExpr	   *equality = (OpExpr *) *condition;
	bool		fact_first = ((Var *) linitial(equality->args))->varno == join->fact;
	Node	   *natural = NULL;
	Var		   *looked_up;

	if (IsOneTable(join->dimension_query) && FindsOneMember(join))
		natural = JoinByNaturalKey(join);
	if (natural != NULL)
	{
		*condition = natural;
		return true;
	}
	looked_up = AddOutput(join, (Node *) join->looked_up);
	if (fact_first)
		linitial(equality->args) = looked_up;
	else
		lsecond(equality->args) = looked_up;
	return false;
}

static bool
IsColumn(const StarLevel *level, Node *node)
{
	return IsA(node, Var) && ((Var *) node)->varlevelsup == 0 &&
		bms_is_member(((Var *) node)->varno, level->inner);
}

static bool
FindStarJoin(const StarLevel *level, Node *condition, StarJoin *join)
{
	OpExpr	   *equality = (OpExpr *) condition;
	Var		   *left;
	Var		   *right;

	if (!IsA(condition, OpExpr) || list_length(equality->args) != 2 ||
		!IsColumn(level, linitial(equality->args)) || !IsColumn(level, lsecond(equality->args)) ||
		get_mergejoin_opfamilies(equality->opno) == NIL)
		return false;
	left = linitial(equality->args);
	right = lsecond(equality->args);
	return left->varno != right->varno && left->vartype == right->vartype &&
		(left->vartype == INT4OID || left->vartype == INT8OID) &&
		((ReadFact(level, left, join) && ReadDimension(level, right, join)) ||
		 (ReadFact(level, right, join) && ReadDimension(level, left, join)));
}

int
StarJoinsReplace(StarLevel *level, ParamListInfo params)
{
	int			dropped = 0;
	ListCell   *lc;

	foreach(lc, level->conditions)
	{
		Node	  **condition = lfirst(lc);
		StarJoin	join = {0};

		if (FindStarJoin(level, *condition, &join) &&
			FixedMembersAreLeftOut(join.members, join.key->varattno,
								   ConditionsOnMembers(level, &join), params))
			dropped += Replace(&join, condition);
	}
	return dropped;
}
