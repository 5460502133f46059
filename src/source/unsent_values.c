/*
 * unsent_values.c
 *	  Find values that events of change lack because they are as they were.
 */
#include "base/compat.h"
#include "source/unsent_values.h"

#include "base/row_json.h"
#include "base/sql.h"
#include "base/type_text.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "source/event_landing.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/hsearch.h"

/* A value that a table has. */
typedef struct FoundValue
{
	bool		found;
	bool		isnull;
	Datum		value;
} FoundValue;

/* Rows that lack values, while these are looked for. */
typedef struct Search
{
	const SourceDefinition *def;
	const EventLanding *landing;
	RowBatch   *rows;
	int			nkeys;
	AttrNumber *keys;
	int			op_attnum;		/* of the column that says what was deleted; 0: none */
	char	  **key_texts;		/* by row; NULL: it has no whole key, or it was not asked for */
	int		   *before;			/* by row: the one before it with its key; -1: none */
	bool	   *bad;			/* by row: something is not known */
	Bitmapset  *wanted;			/* attnums that some row lacks */
	Bitmapset  *asked;			/* rows that the tables are asked for */
	FoundValue *found;			/* by row and wanted column */
} Search;

/* The last row with a key. */
typedef struct LastRow
{
	uint64		key;			/* hash of the text */
	int			row;
} LastRow;

/* ---- rows ---- */

static Datum
ValueAt(const Search *s, int row, AttrNumber attnum, bool *isnull)
{
	size_t		at = (size_t) row * s->rows->desc->natts + attnum - 1;

	*isnull = s->rows->isnull[at];
	return s->rows->values[at];
}

static char *
KeyText(const Search *s, int row)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < s->nkeys; i++)
	{
		bool		isnull;
		Datum		value = ValueAt(s, row, s->keys[i], &isnull);
		char	   *part;

		if (isnull)
			return NULL;
		part = TextOfValue(TupleDescAttr(s->rows->desc, s->keys[i] - 1)->atttypid, value);
		appendStringInfo(&text, "%zu:%s", strlen(part), part);
	}
	return s->nkeys > 0 ? text.data : NULL;
}

static bool
IsDelete(const Search *s, int row)
{
	bool		isnull;
	Datum		op;

	if (s->op_attnum == 0)
		return false;
	op = ValueAt(s, row, s->op_attnum, &isnull);
	return !isnull && strcmp(TextDatumGetCString(op), "delete") == 0;
}

/* Which row before has the same key; rows behind the last that lacks something do not matter. */
static void
FindRowsBefore(Search *s)
{
	HASHCTL		ctl = {.keysize = sizeof(uint64), .entrysize = sizeof(LastRow)};
	int			last = s->rows->unsent[s->rows->nunsent - 1].row;
	HTAB	   *known;

	ctl.hcxt = CurrentMemoryContext;
	known = hash_create("elt rows by key", 256, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	for (int row = 0; row <= last; row++)
	{
		char	   *text = s->key_texts[row] = KeyText(s, row);
		uint64		key;
		LastRow    *entry;
		bool		found;

		s->before[row] = -1;
		if (text == NULL)
			continue;
		key = hash_bytes_extended((const unsigned char *) text, strlen(text), 0);
		entry = hash_search(known, &key, HASH_ENTER, &found);
		if (found && strcmp(s->key_texts[entry->row], text) == 0)
			s->before[row] = entry->row;
		entry->row = row;
	}
	hash_destroy(known);
}

/* ---- tables ---- */

static char *
ColumnName(const Search *s, AttrNumber attnum)
{
	return NameStr(TupleDescAttr(s->rows->desc, attnum - 1)->attname);
}

static char *
TypeOfColumn(const Search *s, AttrNumber attnum)
{
	return format_type_be_qualified(TupleDescAttr(s->rows->desc, attnum - 1)->atttypid);
}

/* The values of a column of the key of all rows that are asked for, as texts. */
static void
AddKeyTexts(const Search *s, Sql *q, AttrNumber attnum)
{
	Oid			type = TupleDescAttr(s->rows->desc, attnum - 1)->atttypid;
	Datum	   *texts = palloc(sizeof(Datum) * bms_num_members(s->asked));
	int			n = 0;

	for (int row = bms_next_member(s->asked, -1); row >= 0; row = bms_next_member(s->asked, row))
	{
		bool		isnull;
		Datum		value = ValueAt(s, row, attnum, &isnull);

		texts[n++] = CStringGetTextDatum(TextOfValue(type, value));
	}
	SqlAdd(q, TEXTARRAYOID, PointerGetDatum(construct_array(texts, n, TEXTOID, -1, false, TYPALIGN_INT)),
		   false);
}

static char *
LookupText(const Search *s, Sql *q, const char *table, const char *condition, const char *order)
{
	StringInfoData sql;
	StringInfoData arrays;
	StringInfoData names;
	StringInfoData join;

	initStringInfo(&sql);
	initStringInfo(&arrays);
	initStringInfo(&names);
	initStringInfo(&join);
	for (int i = 0; i < s->nkeys; i++)
	{
		AddKeyTexts(s, q, s->keys[i]);
		appendStringInfo(&arrays, "%s$%d", i > 0 ? ", " : "", i + 1);
		appendStringInfo(&names, "k%d, ", i + 1);
		appendStringInfo(&join, "%st.%s = k.k%d::%s", i > 0 ? " AND " : "",
						 quote_identifier(ColumnName(s, s->keys[i])), i + 1, TypeOfColumn(s, s->keys[i]));
	}
	appendStringInfoString(&sql, "SELECT DISTINCT ON (k.n) k.n");
	for (int attnum = bms_next_member(s->wanted, -1); attnum >= 0;
		 attnum = bms_next_member(s->wanted, attnum))
		appendStringInfo(&sql, ", t.%s::%s", quote_identifier(ColumnName(s, attnum)),
						 TypeOfColumn(s, attnum));
	appendStringInfo(&sql, " FROM unnest(%s) WITH ORDINALITY AS k(%sn) JOIN %s AS t ON %s%s ORDER BY k.n%s",
					 arrays.data, names.data, table, join.data, condition, order);
	return sql.data;
}

static FoundValue *
FoundAt(const Search *s, int row, AttrNumber attnum)
{
	return &s->found[(size_t) row * bms_num_members(s->wanted) + bms_member_index(s->wanted, attnum)];
}

static void
TakeRow(const Search *s, Sql *q, uint64 i, int row, MemoryContext cxt)
{
	int			column = 2;

	for (int attnum = bms_next_member(s->wanted, -1); attnum >= 0;
		 attnum = bms_next_member(s->wanted, attnum), column++)
	{
		Form_pg_attribute att = TupleDescAttr(s->rows->desc, attnum - 1);
		FoundValue *value = FoundAt(s, row, attnum);
		MemoryContext old = MemoryContextSwitchTo(cxt);

		value->found = true;
		value->value = SqlDatum(q, i, column, &value->isnull);
		if (!value->isnull)
			value->value = datumCopy(value->value, att->attbyval, att->attlen);
		MemoryContextSwitchTo(old);
	}
}

/* Rows that are found are not asked for any more. */
static void
Ask(Search *s, const char *table, const char *condition, const char *order)
{
	MemoryContext cxt = CurrentMemoryContext;
	int		   *rows;
	int			n = 0;
	Sql			q;

	if (bms_is_empty(s->asked))
		return;
	rows = palloc(sizeof(int) * bms_num_members(s->asked));
	for (int row = bms_next_member(s->asked, -1); row >= 0; row = bms_next_member(s->asked, row))
		rows[n++] = row;
	SqlBegin(&q, "");
	q.text = LookupText(s, &q, table, condition, order);
	if (SqlRun(&q, s->landing->owner) > 0)
		for (uint64 i = 0; i < q.processed; i++)
		{
			int			row = rows[SqlInt8(&q, i, 1, NULL) - 1];

			TakeRow(s, &q, i, row, cxt);
			s->asked = bms_del_member(s->asked, row);
		}
	SqlDone(&q);
}

static void
AskTables(Search *s)
{
	for (int i = 0; i < s->rows->nunsent; i++)
	{
		const UnsentValue *value = &s->rows->unsent[i];

		s->wanted = bms_add_member(s->wanted, value->attindex + 1);
		if (value->key_row >= 0 && s->key_texts[value->key_row] != NULL && s->before[value->key_row] < 0)
			s->asked = bms_add_member(s->asked, value->key_row);
	}
	s->found = palloc0(sizeof(FoundValue) * s->rows->nrows * bms_num_members(s->wanted));
	Ask(s, s->landing->staging, "", ", t.ctid DESC");
	if (s->landing->target != NULL)
		Ask(s, s->landing->target, EventLandedCondition(s->landing), "");
}

/* ---- results ---- */

/* False: nobody knows it. */
static bool
FindValue(const Search *s, const UnsentValue *value, FoundValue *found)
{
	int			before;

	if (value->key_row < 0 || s->key_texts[value->key_row] == NULL)
		return false;
	before = s->before[value->key_row];
	if (before < 0)
	{
		*found = *FoundAt(s, value->key_row, value->attindex + 1);
		return found->found;
	}
	if (s->bad[before] || IsDelete(s, before))
		return false;
	found->value = ValueAt(s, before, value->attindex + 1, &found->isnull);
	return true;
}

static void
Reject(Search *s, const UnsentValue *value)
{
	RowBatch   *rows = s->rows;
	size_t		at = (size_t) value->row * rows->desc->natts;
	RowReject  *reject = palloc0(sizeof(RowReject));

	if (s->bad[value->row])
		return;
	s->bad[value->row] = true;
	reject->record = rows->records != NULL ? rows->records[value->row] : 0;
	reject->parent = rows->parents != NULL ? rows->parents[value->row] : 0;
	reject->offset = -1;
	reject->column = pstrdup(ColumnName(s, value->attindex + 1));
	reject->reason = "unavailable";
	reject->sqlstate = ERRCODE_NO_DATA_FOUND;
	reject->message = s->landing->is_log ?
		psprintf("the event does not have the value of column \"%s\": add a column with lineage "
				 "'unavailable', or set REPLICA IDENTITY FULL of the table", reject->column) :
		psprintf("the event does not have the value of column \"%s\", and the target does not have the row: "
				 "set REPLICA IDENTITY FULL of the table", reject->column);
	reject->raw = SourceMask(s->def, RowAsJson(rows->desc, rows->values + at, rows->isnull + at));
	reject->form = REJECT_ROW;
	rows->rejects = lappend(rows->rejects, reject);
}

static void
Fill(Search *s)
{
	for (int i = 0; i < s->rows->nunsent; i++)
	{
		const UnsentValue *value = &s->rows->unsent[i];
		size_t		at = (size_t) value->row * s->rows->desc->natts + value->attindex;
		FoundValue	found = {0};

		if (s->bad[value->row])
			continue;
		if (s->landing->is_log || !FindValue(s, value, &found))
		{
			Reject(s, value);
			continue;
		}
		s->rows->values[at] = found.value;
		s->rows->isnull[at] = found.isnull;
	}
}

/* A log of changes may say which values it lacks. */
static bool
MayLack(const SourceDefinition *def)
{
	return def->landing->is_log && EventColumnOf(def, EVENT_UNSENT) != InvalidAttrNumber;
}

void
UnsentValuesFill(const SourceDefinition *def, RowBatch *rows)
{
	Search		s = {.def = def, .landing = def->landing, .rows = rows};
	MemoryContext old;

	if (rows->nunsent == 0 || def->landing == NULL || MayLack(def))
		return;
	old = MemoryContextSwitchTo(rows->cxt);
	s.keys = EventKeyColumns(def, &s.nkeys);
	s.op_attnum = EventColumnOf(def, EVENT_OP);
	s.key_texts = palloc0(sizeof(char *) * rows->nrows);
	s.before = palloc(sizeof(int) * rows->nrows);
	s.bad = palloc0(sizeof(bool) * rows->nrows);
	if (!s.landing->is_log)
	{
		FindRowsBefore(&s);
		AskTables(&s);
	}
	Fill(&s);
	rows->nunsent = 0;
	RowBatchRemove(rows, s.bad);
	MemoryContextSwitchTo(old);
}
