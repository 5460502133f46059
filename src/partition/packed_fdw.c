/*
 * packed_fdw.c
 *	  Foreign-data wrapper elt_packed: options, plans and the handler.
 *
 * The scan is given the conditions "column operator value" besides those that the executor checks anyway,
 * and the columns that a query asks for.
 */
#include "base/compat.h"
#include "partition/packed_scan.h"

#include "access/reloptions.h"
#include "access/sysattr.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "foreign/fdwapi.h"
#include "foreign/foreign.h"
#include "nodes/makefuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(elt_packed_handler);
PG_FUNCTION_INFO_V1(elt_packed_validator);

/* ---- options ---- */

char *
PackedOption(List *options, const char *name)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *option = lfirst(lc);

		if (strcmp(option->defname, name) == 0)
			return defGetString(option);
	}
	return NULL;
}

static bool
IsOptionOf(Oid catalog, const char *name)
{
	if (catalog == ForeignTableRelationId)
		return strcmp(name, "packed") == 0 || strcmp(name, "rows") == 0;
	return catalog == AttributeRelationId && strcmp(name, PACKED_MISSING) == 0;
}

Datum
elt_packed_validator(PG_FUNCTION_ARGS)
{
	List	   *options = untransformRelOptions(PG_GETARG_DATUM(0));
	ListCell   *lc;

	foreach(lc, options)
	{
		const char *name = ((DefElem *) lfirst(lc))->defname;

		if (!IsOptionOf(PG_GETARG_OID(1), name))
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("invalid option \"%s\"", name),
					 errhint("Only foreign tables and their columns have options, which pg_elt sets.")));
	}
	PG_RETURN_VOID();
}

/* ---- planning ---- */

static void
GetRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid relid)
{
	char	   *rows = PackedOption(GetForeignTable(relid)->options, "rows");

	baserel->tuples = rows == NULL ? 1000000 : Max(strtod(rows, NULL), 1);
	baserel->rows = clamp_row_est(baserel->tuples *
								  clauselist_selectivity(root, baserel->baserestrictinfo, 0,
														 JOIN_INNER, NULL));
}

static void
GetPaths(PlannerInfo *root, RelOptInfo *baserel, Oid relid)
{
	Cost		cost = baserel->rows * (cpu_tuple_cost + baserel->baserestrictcost.per_tuple) + 10;

	add_path(baserel, (Path *) PlainForeignPath(root, baserel, 10, cost));
}

/* "column operator value": the column is var's, or 0 when it is something else. */
static OpExpr *
SimpleCondition(Expr *clause, Index relid)
{
	OpExpr	   *op = (OpExpr *) clause;
	Var		   *var;
	Oid			opno;

	if (!IsA(clause, OpExpr) || list_length(op->args) != 2)
		return NULL;
	opno = op->opno;
	if (!IsA(linitial(op->args), Var))
	{
		opno = get_commutator(opno);
		if (!OidIsValid(opno) || !IsA(lsecond(op->args), Var))
			return NULL;
		op = (OpExpr *) make_opclause(opno, BOOLOID, false, lsecond(op->args), linitial(op->args),
									  InvalidOid, op->inputcollid);
	}
	var = linitial(op->args);
	if (var->varno != relid || var->varlevelsup != 0 || var->varattno <= 0 ||
		contain_var_clause(lsecond(op->args)) || contain_volatile_functions(lsecond(op->args)))
		return NULL;
	return op;
}

static List *
NeededColumns(RelOptInfo *baserel)
{
	Bitmapset  *attrs = NULL;
	List	   *needed = NIL;
	ListCell   *lc;
	int			i = -1;

	pull_varattnos((Node *) baserel->reltarget->exprs, baserel->relid, &attrs);
	foreach(lc, baserel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause, baserel->relid, &attrs);
	while ((i = bms_next_member(attrs, i)) >= 0)
		needed = lappend_int(needed, i + FirstLowInvalidHeapAttributeNumber);
	return needed;
}

static ForeignScan *
GetPlan(PlannerInfo *root, RelOptInfo *baserel, Oid relid, ForeignPath *path, List *tlist,
		List *clauses, Plan *outer)
{
	List	   *quals = extract_actual_clauses(clauses, false);
	List	   *conditions = NIL;
	List	   *values = NIL;
	ListCell   *lc;

	foreach(lc, quals)
	{
		OpExpr	   *op = SimpleCondition(lfirst(lc), baserel->relid);

		if (op == NULL)
			continue;
		conditions = lappend(conditions,
							 list_make3_oid(((Var *) linitial(op->args))->varattno, op->opno,
											op->inputcollid));
		values = lappend(values, lsecond(op->args));
	}
	return make_foreignscan(tlist, quals, baserel->relid, values,
							list_make2(conditions, NeededColumns(baserel)), NIL, NIL, outer);
}

Datum
elt_packed_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = GetRelSize;
	routine->GetForeignPaths = GetPaths;
	routine->GetForeignPlan = GetPlan;
	routine->BeginForeignScan = PackedScanBegin;
	routine->IterateForeignScan = PackedScanNext;
	routine->ReScanForeignScan = PackedScanAgain;
	routine->EndForeignScan = PackedScanEnd;
	PG_RETURN_POINTER(routine);
}
