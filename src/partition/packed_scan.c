/*
 * packed_scan.c
 *	  Read the rows of a packed table.
 *
 * Conditions on the key and on the time choose the packed rows, through their index where they name the
 * key; within one of them the time is found by halves. Columns that a query does not ask for are not read.
 * A foreign table reads with the rights of its owner, as a view does. What the packed table has is checked,
 * since its owner can change it.
 */
#include "base/compat.h"
#include "partition/packed_scan.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "base/sql_name.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "foreign/foreign.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

/* ---- the packed table ---- */

typedef enum ColumnKind
{
	COLUMN_UNUSED,
	COLUMN_KEY,
	COLUMN_TIME,
	COLUMN_MEASURE
} ColumnKind;

typedef struct Column
{
	ColumnKind	kind;
	int			packed;			/* its place in the packed row */
	Oid			type;
	int16		len;
	bool		byval;
	char		align;
	/* of the packed row at hand */
	char	   *fixed;			/* elements without nulls, or NULL */
	Datum	   *values;
	bool	   *nulls;
} Column;

typedef struct Condition
{
	AttrNumber	attnum;
	Oid			opno;
	Oid			collation;
	ExprState  *value;
} Condition;

typedef struct PackedScan
{
	Relation	packed;
	Oid			index;
	Column	   *columns;
	int			ncolumns;
	List	   *conditions;		/* Condition * */
	Oid			time_type;
	int			first,
				last,
				count,
				step,
				times;			/* places in the packed row */
	SysScanDesc scan;			/* or NULL */
	bool		is_empty;		/* a condition is null */
	int64		lower,
				upper;			/* of the time, as far as conditions tell */
	Datum	   *row;			/* packed */
	bool	   *row_nulls;
	int64		first_time;
	int64		step_width;
	bool		has_step;
	Column		time;			/* elements of the times */
	int			at;
	int			end;
	MemoryContext query;		/* lives as long as the scan */
	MemoryContext cxt;			/* of the packed row */
} PackedScan;

bool
PackedTimeType(Oid type)
{
	return type == TIMESTAMPTZOID || type == TIMESTAMPOID || type == DATEOID || type == INT8OID ||
		type == INT4OID || type == INT2OID;
}

static int64
NumberOfTime(Oid type, Datum value)
{
	switch (type)
	{
		case DATEOID:
		case INT4OID:
			return DatumGetInt32(value);
		case INT2OID:
			return DatumGetInt16(value);
		default:
			return DatumGetInt64(value);
	}
}

static Datum
TimeOfNumber(Oid type, int64 number)
{
	switch (type)
	{
		case DATEOID:
		case INT4OID:
			return Int32GetDatum((int32) number);
		case INT2OID:
			return Int16GetDatum((int16) number);
		default:
			return Int64GetDatum(number);
	}
}

static void
ReportShape(Relation packed, const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("table \"%s\" does not have column \"%s\" as packed rows have it",
					RelationLabel(RelationGetRelid(packed)), column)));
}

static int
PlaceOf(Relation packed, const char *name, Oid type)
{
	TupleDesc	desc = RelationGetDescr(packed);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0 &&
			att->atttypid == type)
			return i;
	}
	return -1;
}

static int
PlaceRequired(Relation packed, const char *name, Oid type)
{
	int			place = PlaceOf(packed, name, type);

	if (place < 0)
		ReportShape(packed, name);
	return place;
}

/* The time is the column that the packed table does not have by its name. */
static void
FindColumn(PackedScan *s, Column *column, Form_pg_attribute att)
{
	const char *name = NameStr(att->attname);
	Oid			array = get_array_type(att->atttypid);

	column->type = att->atttypid;
	get_typlenbyvalalign(att->atttypid, &column->len, &column->byval, &column->align);
	column->kind = COLUMN_KEY;
	column->packed = PlaceOf(s->packed, name, att->atttypid);
	if (column->packed >= 0)
		return;
	column->kind = COLUMN_MEASURE;
	column->packed = PlaceOf(s->packed, name, array);
	if (column->packed >= 0)
		return;
	column->kind = COLUMN_UNUSED;
	if (PackedOption(GetForeignColumnOptions(att->attrelid, att->attnum), PACKED_MISSING) != NULL)
		return;
	if (OidIsValid(s->time_type) || !PackedTimeType(att->atttypid))
		ReportShape(s->packed, name);
	column->kind = COLUMN_TIME;
	s->time_type = att->atttypid;
	s->time = *column;
}

static void
FindColumns(PackedScan *s, TupleDesc desc)
{
	s->ncolumns = desc->natts;
	s->columns = palloc0(sizeof(Column) * desc->natts);
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			FindColumn(s, &s->columns[i], TupleDescAttr(desc, i));
	if (!OidIsValid(s->time_type))
		ReportShape(s->packed, PACKED_FIRST);
	s->first = PlaceRequired(s->packed, PACKED_FIRST, s->time_type);
	s->last = PlaceRequired(s->packed, PACKED_LAST, s->time_type);
	s->count = PlaceRequired(s->packed, PACKED_COUNT, INT4OID);
	s->step = PlaceRequired(s->packed, PACKED_STEP, INT8OID);
	s->times = PlaceRequired(s->packed, PACKED_TIMES, get_array_type(s->time_type));
	s->time.packed = s->times;
}

/* Keys are needed anyway; of the others what nobody asks for is not unpacked. */
static void
ForgetUnused(PackedScan *s, List *needed)
{
	if (list_member_int(needed, 0))
		return;
	for (int i = 0; i < s->ncolumns; i++)
		if (s->columns[i].kind == COLUMN_MEASURE && !list_member_int(needed, i + 1))
			s->columns[i].kind = COLUMN_UNUSED;
}

static Relation
OpenPacked(Relation table)
{
	char	   *name = PackedOption(GetForeignTable(RelationGetRelid(table))->options, "packed");
	Oid			relid;
	Relation	packed;

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("foreign table \"%s\" has no option \"packed\"",
						RelationGetRelationName(table))));
	relid = DatumGetObjectId(DirectFunctionCall1(regclassin, CStringGetDatum(name)));
	if (pg_class_aclcheck(relid, table->rd_rel->relowner, ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, name);
	packed = table_open(relid, AccessShareLock);
	if (packed->rd_rel->relkind != RELKIND_RELATION || packed->rd_rel->relrowsecurity)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a packed table", name)));
	return packed;
}

/* The columns of the key, which come first, the first and the last time. */
static bool
IsOurIndex(const PackedScan *s, Oid index)
{
	Relation	relation = index_open(index, AccessShareLock);
	Form_pg_index form = relation->rd_index;
	bool		is_ours = relation->rd_rel->relam == BTREE_AM_OID && form->indisvalid &&
		RelationGetIndexPredicate(relation) == NIL && form->indnkeyatts == s->last + 1;

	for (int i = 0; i < form->indnkeyatts && is_ours; i++)
		is_ours = form->indkey.values[i] == i + 1;
	index_close(relation, AccessShareLock);
	return is_ours;
}

static Oid
IndexOf(const PackedScan *s)
{
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(s->packed))
		if (IsOurIndex(s, lfirst_oid(lc)))
			return lfirst_oid(lc);
	return InvalidOid;
}

void
PackedScanBegin(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	List	   *values;
	ListCell   *lc;
	PackedScan *s;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	s = palloc0(sizeof(PackedScan));
	node->fdw_state = s;
	s->packed = OpenPacked(node->ss.ss_currentRelation);
	FindColumns(s, RelationGetDescr(node->ss.ss_currentRelation));
	s->index = IndexOf(s);
	ForgetUnused(s, lsecond(plan->fdw_private));
	s->row = palloc(sizeof(Datum) * RelationGetDescr(s->packed)->natts);
	s->row_nulls = palloc(sizeof(bool) * RelationGetDescr(s->packed)->natts);
	s->query = node->ss.ps.state->es_query_cxt;
	s->cxt = AllocSetContextCreate(s->query, "elt packed row", ALLOCSET_DEFAULT_SIZES);
	values = ExecInitExprList(plan->fdw_exprs, (PlanState *) node);
	foreach(lc, linitial(plan->fdw_private))
	{
		Condition  *condition = palloc(sizeof(Condition));

		condition->attnum = (AttrNumber) linitial_oid(lfirst(lc));
		condition->opno = lsecond_oid(lfirst(lc));
		condition->collation = lthird_oid(lfirst(lc));
		condition->value = list_nth(values, foreach_current_index(lc));
		s->conditions = lappend(s->conditions, condition);
	}
}

/* ---- which packed rows ---- */

typedef struct Keys
{
	ScanKeyData list[16];
	int			n;
	bool		names_first;	/* the first column of the index is compared with one value */
} Keys;

static void
AddKey(PackedScan *s, Keys *keys, int place, int strategy, Oid family, Oid right, Oid collation,
	   Datum value)
{
	Oid			left = TupleDescAttr(RelationGetDescr(s->packed), place)->atttypid;
	Oid			op = get_opfamily_member(family, left, right, strategy);

	if (keys->n == lengthof(keys->list) || !OidIsValid(op))
		return;
	ScanKeyEntryInitialize(&keys->list[keys->n++], 0, place + 1, strategy, right, collation,
						   get_opcode(op), value);
}

static void
NarrowTime(PackedScan *s, int strategy, Oid right, Datum value)
{
	int64		number;

	if (right != s->time_type)
		return;
	number = NumberOfTime(s->time_type, value);
	if (strategy >= BTEqualStrategyNumber)
		s->lower = Max(s->lower, number);
	if (strategy <= BTEqualStrategyNumber)
		s->upper = Min(s->upper, number);
}

static void
AddTimeKeys(PackedScan *s, Keys *keys, int strategy, Oid family, Oid right, Datum value)
{
	NarrowTime(s, strategy, right, value);
	if (strategy <= BTLessEqualStrategyNumber)
		AddKey(s, keys, s->first, strategy, family, right, InvalidOid, value);
	else if (strategy >= BTGreaterEqualStrategyNumber)
		AddKey(s, keys, s->last, strategy, family, right, InvalidOid, value);
	else
	{
		AddKey(s, keys, s->first, BTLessEqualStrategyNumber, family, right, InvalidOid, value);
		AddKey(s, keys, s->last, BTGreaterEqualStrategyNumber, family, right, InvalidOid, value);
	}
}

static void
AddCondition(PackedScan *s, Keys *keys, const Condition *condition, ExprContext *econtext)
{
	Column	   *column = &s->columns[condition->attnum - 1];
	TypeCacheEntry *cache = lookup_type_cache(column->type, TYPECACHE_BTREE_OPFAMILY);
	int			strategy = get_op_opfamily_strategy(condition->opno, cache->btree_opf);
	Oid			left,
				right;
	bool		isnull;
	Datum		value;

	if (strategy == 0 || (column->kind != COLUMN_KEY && column->kind != COLUMN_TIME))
		return;
	value = ExecEvalExpr(condition->value, econtext, &isnull);
	if (isnull)
	{
		s->is_empty = true;
		return;
	}
	op_input_types(condition->opno, &left, &right);
	if (column->kind == COLUMN_TIME)
		AddTimeKeys(s, keys, strategy, cache->btree_opf, right, value);
	else if (condition->collation ==
			 TupleDescAttr(RelationGetDescr(s->packed), column->packed)->attcollation)
		AddKey(s, keys, column->packed, strategy, cache->btree_opf, right, condition->collation,
			   value);
}

static int
CompareKeys(const void *a, const void *b)
{
	return ((const ScanKeyData *) a)->sk_attno - ((const ScanKeyData *) b)->sk_attno;
}

static bool
IndexHelps(const PackedScan *s, const Keys *keys)
{
	return OidIsValid(s->index) && keys->n > 0 && keys->list[0].sk_attno == 1 &&
		keys->list[0].sk_strategy == BTEqualStrategyNumber;
}

static void
StartScan(ForeignScanState *node)
{
	PackedScan *s = node->fdw_state;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	MemoryContext caller = MemoryContextSwitchTo(s->query);
	Keys		keys = {.n = 0};
	ListCell   *lc;

	s->lower = PG_INT64_MIN;
	s->upper = PG_INT64_MAX;
	s->is_empty = false;
	foreach(lc, s->conditions)
		AddCondition(s, &keys, lfirst(lc), econtext);
	qsort(keys.list, keys.n, sizeof(ScanKeyData), CompareKeys);
	s->scan = systable_beginscan(s->packed, s->index, IndexHelps(s, &keys),
								 node->ss.ps.state->es_snapshot, keys.n, keys.list);
	s->at = s->end = 0;
	MemoryContextSwitchTo(caller);
}

/* ---- rows ---- */

static void
ReportRow(const PackedScan *s)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("a row of table \"%s\" is not as packed rows are",
					RelationLabel(RelationGetRelid(s->packed)))));
}

static void
UnpackArray(PackedScan *s, Column *column, int count)
{
	ArrayType  *array;
	int			n;

	if (s->row_nulls[column->packed])
		ReportRow(s);
	array = DatumGetArrayTypeP(s->row[column->packed]);
	if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != count ||
		ARR_ELEMTYPE(array) != column->type)
		ReportRow(s);
	column->fixed = NULL;
	if (!ARR_HASNULL(array) && column->byval)
		column->fixed = ARR_DATA_PTR(array);
	else
		deconstruct_array(array, column->type, column->len, column->byval, column->align,
						  &column->values, &column->nulls, &n);
}

static inline Datum
ElementAt(const Column *column, int i, bool *isnull)
{
	if (column->fixed != NULL)
	{
		*isnull = false;
		return fetch_att(column->fixed + (Size) i * column->len, true, column->len);
	}
	*isnull = column->nulls[i];
	return column->values[i];
}

static inline int64
NumberAt(const PackedScan *s, int i)
{
	bool		isnull;

	if (s->has_step)
		return s->first_time + i * s->step_width;
	return NumberOfTime(s->time_type, ElementAt(&s->time, i, &isnull));
}

/* The first row whose time is not less, or with after is greater. */
static int
FindTime(const PackedScan *s, int count, int64 number, bool after)
{
	int			from = 0;

	while (from < count)
	{
		int			middle = from + (count - from) / 2;
		int64		at = NumberAt(s, middle);

		if (after ? at > number : at >= number)
			count = middle;
		else
			from = middle + 1;
	}
	return from;
}

static void
Unpack(PackedScan *s, HeapTuple tuple)
{
	int			count;

	heap_deform_tuple(tuple, RelationGetDescr(s->packed), s->row, s->row_nulls);
	if (s->row_nulls[s->count] || s->row_nulls[s->first])
		ReportRow(s);
	count = DatumGetInt32(s->row[s->count]);
	s->first_time = NumberOfTime(s->time_type, s->row[s->first]);
	s->has_step = !s->row_nulls[s->step];
	if (s->has_step)
		s->step_width = DatumGetInt64(s->row[s->step]);
	else
		UnpackArray(s, &s->time, count);
	s->at = s->lower == PG_INT64_MIN ? 0 : FindTime(s, count, s->lower, false);
	s->end = s->upper == PG_INT64_MAX ? count : FindTime(s, count, s->upper, true);
	for (int i = 0; i < s->ncolumns && s->at < s->end; i++)
		if (s->columns[i].kind == COLUMN_MEASURE)
			UnpackArray(s, &s->columns[i], count);
}

/* False when there is none. The index keeps what it allocates on the way until the scan ends. */
static bool
NextPacked(PackedScan *s)
{
	MemoryContext caller = MemoryContextSwitchTo(s->query);
	HeapTuple	tuple = systable_getnext(s->scan);

	if (HeapTupleIsValid(tuple))
	{
		MemoryContextReset(s->cxt);
		MemoryContextSwitchTo(s->cxt);
		Unpack(s, tuple);
	}
	MemoryContextSwitchTo(caller);
	return HeapTupleIsValid(tuple);
}

static void
FillRow(PackedScan *s, TupleTableSlot *slot)
{
	for (int i = 0; i < s->ncolumns; i++)
	{
		Column	   *column = &s->columns[i];
		bool	   *isnull = &slot->tts_isnull[i];

		switch (column->kind)
		{
			case COLUMN_UNUSED:
				*isnull = true;
				break;
			case COLUMN_KEY:
				slot->tts_values[i] = s->row[column->packed];
				*isnull = s->row_nulls[column->packed];
				break;
			case COLUMN_TIME:
				slot->tts_values[i] = TimeOfNumber(s->time_type, NumberAt(s, s->at));
				*isnull = false;
				break;
			case COLUMN_MEASURE:
				slot->tts_values[i] = ElementAt(column, s->at, isnull);
				break;
		}
	}
	s->at++;
}

TupleTableSlot *
PackedScanNext(ForeignScanState *node)
{
	PackedScan *s = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	ExecClearTuple(slot);
	if (s->scan == NULL)
		StartScan(node);
	while (!s->is_empty && s->at >= s->end)
		if (!NextPacked(s))
			return slot;
	if (s->is_empty)
		return slot;
	FillRow(s, slot);
	return ExecStoreVirtualTuple(slot);
}

static void
CloseScan(PackedScan *s)
{
	if (s->scan != NULL)
		systable_endscan(s->scan);
	s->scan = NULL;
}

void
PackedScanAgain(ForeignScanState *node)
{
	CloseScan(node->fdw_state);
}

void
PackedScanEnd(ForeignScanState *node)
{
	PackedScan *s = node->fdw_state;

	if (s == NULL)
		return;
	CloseScan(s);
	table_close(s->packed, NoLock);
}
