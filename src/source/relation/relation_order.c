/*
 * relation_order.c
 *	  Order the rows of a relation by cursor column and key.
 *
 * Foreign data is ordered by its own server where a condition or the sorting is pushed down, and
 * here where it is not. Texts may be ordered differently there, so that rows would be passed over:
 * the order ends before the first column with a collation.
 */
#include "base/compat.h"
#include "source/relation/relation_order.h"

#include "access/htup_details.h"
#include "access/nbtree.h"
#include "access/relation.h"
#include "access/transam.h"
#include "base/row_json.h"
#include "base/sql_name.h"
#include "catalog/pg_index.h"
#include "catalog/pg_operator.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* ---- the order ---- */

/* search_path is pg_catalog: an operator of another schema must be qualified. */
static const char *
OperatorText(Oid operator)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	Form_pg_operator form;
	const char *text;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", operator);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	text = pstrdup(NameStr(form->oprname));
	if (operator >= FirstNormalObjectId)
		text = psprintf("OPERATOR(%s.%s)",
						quote_identifier(get_namespace_name(form->oprnamespace)), text);
	ReleaseSysCache(tuple);
	return text;
}

static const char *
BtreeOperator(const TypeCacheEntry *type, StrategyNumber strategy)
{
	return OperatorText(get_opfamily_member(type->btree_opf, type->btree_opintype,
											type->btree_opintype, strategy));
}

static OrderColumn
OrderColumnOf(const SourceDefinition *def, AttrNumber attnum)
{
	Form_pg_attribute att = TupleDescAttr(def->desc, attnum - 1);
	const TypeCacheEntry *type = lookup_type_cache(att->atttypid, TYPECACHE_BTREE_OPFAMILY);
	const RelationSource *relation = def->own;
	OrderColumn column = {attnum};

	column.name = pstrdup(quote_identifier(NameStr(att->attname)));
	column.type = att->atttypid;
	column.typlen = att->attlen;
	column.typbyval = att->attbyval;
	column.collation = att->attcollation;
	/* what is declared of foreign data is not enforced */
	column.nullable = !att->attnotnull || !relation->is_local;
	column.greater = BtreeOperator(type, BTGreaterStrategyNumber);
	column.less = BtreeOperator(type, BTLessStrategyNumber);
	column.not_less = BtreeOperator(type, BTGreaterEqualStrategyNumber);
	column.not_greater = BtreeOperator(type, BTLessEqualStrategyNumber);
	column.equal = BtreeOperator(type, BTEqualStrategyNumber);
	return column;
}

static bool
HasOrder(const SourceDefinition *def, AttrNumber attnum)
{
	Oid			type = TupleDescAttr(def->desc, attnum - 1)->atttypid;

	return OidIsValid(lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY)->btree_opf);
}

static bool
IsInOrder(const RelationSource *relation, AttrNumber attnum)
{
	for (int i = 0; i < relation->norder; i++)
		if (relation->order[i].attnum == attnum)
			return true;
	return false;
}

/* False: the order ends before it. */
static bool
AddColumn(SourceDefinition *def, const char *name)
{
	RelationSource *relation = def->own;
	AttrNumber	attnum = get_attnum(def->relid, name);

	if (attnum <= 0 || !HasOrder(def, attnum))
		return false;
	if (!relation->is_local && OidIsValid(TupleDescAttr(def->desc, attnum - 1)->attcollation))
		return false;
	if (!IsInOrder(relation, attnum))
		relation->order[relation->norder++] = OrderColumnOf(def, attnum);
	return true;
}

static bool
IndexIsWithin(const RelationSource *relation, Oid index_oid)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index_oid));
	Form_pg_index index = (Form_pg_index) GETSTRUCT(tuple);
	bool		within = index->indisunique && index->indisvalid && index->indimmediate &&
		heap_attisnull(tuple, Anum_pg_index_indpred, NULL);

	for (int i = 0; within && i < index->indnkeyatts; i++)
		within = IsInOrder(relation, index->indkey.values[i]);
	ReleaseSysCache(tuple);
	return within;
}

/* Views and foreign tables have no indexes that could say so. */
static bool
IsUnique(const SourceDefinition *def)
{
	Relation	rel = RelationOpen(def->relid, AccessShareLock);
	List	   *indexes = RelationGetIndexList(rel);
	bool		has_children = rel->rd_rel->relkind == RELKIND_RELATION &&
		rel->rd_rel->relhassubclass;
	bool		unique = false;
	ListCell   *lc;

	/* an index of a parent says nothing of the rows of its children */
	if (has_children)
		indexes = NIL;
	foreach(lc, indexes)
		unique |= IndexIsWithin(def->own, lfirst_oid(lc));
	relation_close(rel, NoLock);
	return unique;
}

void
RelationOrderSet(SourceDefinition *def, List *key)
{
	RelationSource *relation = def->own;
	bool		goes_on = true;
	ListCell   *lc;

	relation->order = palloc0(sizeof(OrderColumn) * (list_length(key) + 1));
	if (def->cursor_column != NULL)
		goes_on = AddColumn(def, def->cursor_column);
	foreach(lc, key)
		goes_on = goes_on && AddColumn(def, lfirst(lc));
	relation->unique = goes_on && IsUnique(def);
}

/* ---- statements ---- */

char *
OrderColumns(const RelationSource *relation, int first)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = first; i < relation->norder; i++)
		appendStringInfo(&list, "%st.%s", i == first ? "" : ", ", relation->order[i].name);
	return list.data;
}

/* The number of the parameter that holds the value of a column. */
static int
AddValue(Sql *q, const RelationSource *relation, const OrderPlace *place, int column)
{
	SqlAdd(q, relation->order[column].type, place->values[column - place->first], false);
	return q->nargs;
}

/*
 * "t.a >= $1 and (t.a > $1 or (t.a = $1 and t.b > $2))": a comparison of rows would be the same, but
 * wrappers do not push it down. The first condition is what an index needs.
 */
void
AppendBehind(StringInfo where, Sql *q, const RelationSource *relation, const OrderPlace *place)
{
	int			last = relation->norder - 1;
	int			param = AddValue(q, relation, place, place->first);
	const OrderColumn *c = &relation->order[place->first];

	if (place->first < last)
		appendStringInfo(where, "t.%s %s $%d and ", c->name, c->not_less, param);
	for (int i = place->first; i < last; i++)
	{
		appendStringInfo(where, "(t.%s %s $%d or (t.%s %s $%d and ", c->name, c->greater, param,
						 c->name, c->equal, param);
		c = &relation->order[i + 1];
		param = AddValue(q, relation, place, i + 1);
	}
	appendStringInfo(where, "t.%s %s $%d", c->name, c->greater, param);
	for (int i = place->first; i < last; i++)
		appendStringInfoString(where, "))");
}

void
AppendUpTo(StringInfo where, Sql *q, const RelationSource *relation, const OrderPlace *place)
{
	const OrderColumn *c = &relation->order[place->first];

	appendStringInfo(where, "t.%s %s $%d and not (", c->name, c->not_greater,
					 AddValue(q, relation, place, place->first));
	AppendBehind(where, q, relation, place);
	appendStringInfoChar(where, ')');
}

void
AppendAt(StringInfo where, Sql *q, const RelationSource *relation, const OrderPlace *place)
{
	for (int i = place->first; i < relation->norder; i++)
		appendStringInfo(where, "%st.%s %s $%d", i == place->first ? "" : " and ",
						 relation->order[i].name, relation->order[i].equal,
						 AddValue(q, relation, place, i));
}

/* ---- places ---- */

OrderPlace *
OrderPlaceCopy(const RelationSource *relation, int first, Datum *values)
{
	OrderPlace *place = palloc(sizeof(OrderPlace));

	place->first = first;
	place->values = palloc(sizeof(Datum) * Max(relation->norder - first, 1));
	for (int i = first; i < relation->norder; i++)
		place->values[i - first] = datumCopy(values[i - first], relation->order[i].typbyval,
											 relation->order[i].typlen);
	return place;
}

/* By bytes: what is equal and looks different only takes another statement. */
bool
OrderPlacesEqual(const RelationSource *relation, const OrderPlace *a, const OrderPlace *b)
{
	for (int i = a->first; i < relation->norder; i++)
		if (!datumIsEqual(a->values[i - a->first], b->values[i - b->first],
						  relation->order[i].typbyval, relation->order[i].typlen))
			return false;
	return true;
}

char *
OrderPlaceAsJson(const RelationSource *relation, const SourceDefinition *def,
				 const OrderPlace *place)
{
	int			n = relation->norder - place->first;
	TupleDesc	desc = CreateTemplateTupleDesc(n);
	bool	   *isnull = palloc0(sizeof(bool) * n);

	for (int i = 0; i < n; i++)
		TupleDescCopyEntry(desc, i + 1, def->desc, relation->order[place->first + i].attnum);
	return RowAsJson(desc, place->values, isnull);
}
