/*
 * relation_statement.c
 *	  Write the statements that read a relation.
 */
#include "base/compat.h"
#include "source/relation/relation_statement.h"

#include "base/item_list.h"
#include "base/type_text.h"
#include "lib/stringinfo.h"
#include "source/slices.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

int
PhaseOrder(const SourceDefinition *def, RelationPhase phase)
{
	const RelationSource *relation = def->own;

	if (phase == READ_ORDERED && relation->norder > 0)
		return 0;
	if (phase == READ_WITHOUT_CURSOR && relation->norder > 1)
		return 1;
	return -1;
}

static bool
KeyIsNullable(const SourceDefinition *def)
{
	const RelationSource *relation = def->own;

	for (int i = def->cursor_column != NULL ? 1 : 0; i < relation->norder; i++)
		if (relation->order[i].nullable)
			return true;
	return false;
}

static bool
HasPhase(const SourceDefinition *def, RelationPhase phase)
{
	const RelationSource *relation = def->own;

	switch (phase)
	{
		case READ_WITHOUT_CURSOR:
			return def->cursor_column != NULL && relation->order[0].nullable;
		case READ_WITHOUT_KEY:
			return KeyIsNullable(def);
		default:
			return true;
	}
}

RelationPhase
NextPhase(const SourceDefinition *def, RelationPhase phase)
{
	if (phase == READ_ALL)
		return READ_NOTHING;
	do
		phase++;
	while (!HasPhase(def, phase));
	return phase;
}

/* ---- conditions ---- */

/* "t.a is null" of any column of the key that can be, or that none is. */
static void
AppendKeyNulls(StringInfo where, const SourceDefinition *def, bool any)
{
	const RelationSource *relation = def->own;
	StringInfoData list;

	initStringInfo(&list);
	for (int i = def->cursor_column != NULL ? 1 : 0; i < relation->norder; i++)
		if (relation->order[i].nullable)
			AppendItem(&list, any ? " or " : " and ", "t.%s is %snull", relation->order[i].name,
					   any ? "" : "not ");
	if (list.len > 0)
		AppendItem(where, " and ", any ? "(%s)" : "%s", list.data);
}

static void
AppendPhase(StringInfo where, const RelationRange *range)
{
	const RelationSource *relation = range->def->own;

	if (range->phase == READ_ORDERED && HasPhase(range->def, READ_WITHOUT_CURSOR) &&
		range->from == NULL)
		AppendItem(where, " and ", "t.%s is not null", relation->order[0].name);
	if (range->phase == READ_WITHOUT_CURSOR)
		AppendItem(where, " and ", "t.%s is null", relation->order[0].name);
	if (range->phase != READ_ALL)
		AppendKeyNulls(where, range->def, range->phase == READ_WITHOUT_KEY);
}

static void
AppendPlace(StringInfo where, Sql *q, const RelationRange *range, const OrderPlace *place,
			void (*append) (StringInfo where, Sql *q, const RelationSource *relation,
							const OrderPlace *place))
{
	StringInfoData condition;

	if (place == NULL)
		return;
	initStringInfo(&condition);
	append(&condition, q, range->def->own, place);
	AppendItem(where, " and ", "%s", condition.data);
}

/* Of rows without a key, those without a cursor are read too. */
static void
AppendFrom(StringInfo where, Sql *q, const RelationRange *range)
{
	const RelationSource *relation = range->def->own;
	const OrderColumn *cursor = &relation->order[0];

	if (range->from == NULL || range->phase == READ_WITHOUT_CURSOR || range->behind != NULL)
		return;
	SqlAdd(q, cursor->type, ValueOfText(cursor->type, -1, range->from), false);
	if (range->phase == READ_WITHOUT_KEY && cursor->nullable)
		AppendItem(where, " and ", "(t.%s %s $%d or t.%s is null)", cursor->name,
				   cursor->not_less, q->nargs, cursor->name);
	else
		AppendItem(where, " and ", "t.%s %s $%d", cursor->name, cursor->not_less, q->nargs);
}

static void
AppendBound(StringInfo where, Sql *q, const SourceDefinition *def, const char *operator,
			TimestampTz bound)
{
	const char *text = SourceWindowText(def, def->window_type, bound);

	SqlAdd(q, def->window_type, ValueOfText(def->window_type, -1, text), false);
	AppendItem(where, " and ", "t.%s %s $%d", quote_identifier(def->window_column), operator,
			   q->nargs);
}

static void
AppendWindow(StringInfo where, Sql *q, const RelationRange *range)
{
	if (!range->slice->has_window)
		return;
	AppendBound(where, q, range->def, ">=", range->slice->window_start);
	AppendBound(where, q, range->def, "<", range->slice->window_end);
}

static void
AppendKeyBound(StringInfo where, Sql *q, const OrderColumn *c, const char *operator,
			   const char *bound)
{
	if (bound == NULL)
		return;
	SqlAdd(q, c->type, ValueOfText(c->type, -1, bound), false);
	AppendItem(where, " and ", "t.%s %s $%d", c->name, operator, q->nargs);
}

static void
AppendKeyRange(StringInfo where, Sql *q, const RelationRange *range)
{
	const OrderColumn *c = &((const RelationSource *) range->def->own)->order[0];

	if (range->without_key)
		AppendItem(where, " and ", "t.%s is null", c->name);
	AppendKeyBound(where, q, c, c->not_less, range->low);
	AppendKeyBound(where, q, c, c->less, range->high);
}

/*
 * An array of constants is pushed down into a view with GROUP BY, where a join would be done with
 * all that it returns.
 */
static void
AppendChanges(StringInfo where, Sql *q, const SourceDefinition *def)
{
	const SourceChanges *changes = def->changes;
	StringInfoData match;
	ListCell   *lc;

	if (changes == NULL || changes->columns == NIL)
		return;
	SqlAdd(q, changes->array_type, changes->first, false);
	AppendItem(where, " and ", "t.%s = any ($%d)", quote_identifier(linitial(changes->columns)),
			   q->nargs);
	if (list_length(changes->columns) == 1)
		return;
	initStringInfo(&match);
	foreach(lc, changes->columns)
		AppendItem(&match, " and ", "c.%s = t.%s", quote_identifier(lfirst(lc)),
				   quote_identifier(lfirst(lc)));
	AppendItem(where, " and ", "exists (select from %s as c where %s)", changes->rows, match.data);
}

/* FROM ... WHERE ... ORDER BY ... LIMIT ... */
static void
AppendRows(StringInfo sql, Sql *q, const RelationRange *range)
{
	int			first = PhaseOrder(range->def, range->phase);
	StringInfoData where;

	initStringInfo(&where);
	AppendChanges(&where, q, range->def);
	AppendWindow(&where, q, range);
	AppendKeyRange(&where, q, range);
	AppendFrom(&where, q, range);
	AppendPhase(&where, range);
	AppendPlace(&where, q, range, range->behind, AppendBehind);
	AppendPlace(&where, q, range, range->up_to, AppendUpTo);
	AppendPlace(&where, q, range, range->at, AppendAt);
	appendStringInfo(sql, "\nFROM %s AS t",
					 ((const RelationSource *) range->def->own)->table);
	if (where.len > 0)
		appendStringInfo(sql, "\nWHERE %s", where.data);
	if (first >= 0 && range->limit > 0)
		appendStringInfo(sql, "\nORDER BY %s", OrderColumns(range->def->own, first));
	if (range->limit > 0)
		appendStringInfo(sql, "\nLIMIT " INT64_FORMAT, range->limit);
	if (range->offset > 0)
		appendStringInfo(sql, " OFFSET " INT64_FORMAT, range->offset);
}

/* ---- statements ---- */

static char *
Columns(const SourceDefinition *def)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < def->ncolumns; i++)
		AppendItem(&list, ", ", "t.%s", quote_identifier(def->columns[i].name));
	return list.data;
}

/* Where no assignment does it, a cast gives them the types in which they are staged. */
static char *
ColumnsAsStaged(const SourceDefinition *def)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < def->ncolumns; i++)
	{
		const SourceColumn *column = &def->columns[i];

		AppendItem(&list, ", ", "t.%s", quote_identifier(column->name));
		if (get_atttype(def->relid, column->attnum) != column->type)
			appendStringInfo(&list, "::%s", format_type_extended(column->type, column->typmod,
																 FORMAT_TYPE_TYPEMOD_GIVEN |
																 FORMAT_TYPE_FORCE_QUALIFY));
	}
	return list.data;
}

void
SelectRows(Sql *q, const RelationRange *range)
{
	StringInfoData sql;

	initStringInfo(&sql);
	SqlBegin(q, NULL);
	appendStringInfo(&sql, "SELECT %s", ColumnsAsStaged(range->def));
	AppendRows(&sql, q, range);
	q->text = sql.data;
}

void
SelectPlaces(Sql *q, const RelationRange *range)
{
	StringInfoData sql;

	initStringInfo(&sql);
	SqlBegin(q, NULL);
	appendStringInfo(&sql, "SELECT %s",
					 OrderColumns(range->def->own, PhaseOrder(range->def, range->phase)));
	AppendRows(&sql, q, range);
	q->text = sql.data;
}

void
InsertRows(Sql *q, const RelationRange *range, const StageOrder *order)
{
	int			first = PhaseOrder(range->def, range->phase);
	StringInfoData sql;

	initStringInfo(&sql);
	SqlBegin(q, NULL);
	SqlAddInt8(q, order->run_id);
	SqlAddTime(q, order->loaded_at);
	appendStringInfo(&sql, "INSERT INTO %s\nSELECT %s%s$1, $2", order->into, Columns(range->def),
					 range->def->ncolumns > 0 ? ", " : "");
	AppendRows(&sql, q, range);
	if (first >= 0)
	{
		StringInfoData list;
		const RelationSource *relation = range->def->own;

		initStringInfo(&list);
		for (int i = first; i < relation->norder; i++)
			AppendItem(&list, ", ", "%s", relation->order[i].name);
		appendStringInfo(&sql, "\nRETURNING %s", list.data);
	}
	q->text = sql.data;
}
