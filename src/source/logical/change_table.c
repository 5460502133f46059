/*
 * change_table.c
 *	  Put changes of one table into its rows.
 */
#include "base/compat.h"
#include "source/logical/change_table.h"

#include "decode/text_row.h"
#include "source/logical/change_text.h"
#include "source/logical/kept_value.h"
#include "source/logical/slot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/pg_lsn.h"
#include "utils/timestamp.h"

ChangeTable *
ChangeTableCreate(const SourceDefinition *def)
{
	ChangeTable *table = palloc0(sizeof(ChangeTable));

	table->def = def;
	table->source = def->own;
	table->texts = TextRowsCreate(def->desc);
	table->json = ChangeTextReader();
	table->kept = KeptValuesCreate(def);
	table->cxt = CurrentMemoryContext;
	return table;
}

/* ---- relations ---- */

static int
ColumnNumber(const OutputRelation *relation, const char *name)
{
	for (int i = 0; i < relation->count; i++)
		if (strcmp(relation->columns[i], name) == 0)
			return i;
	return -1;
}

static int
FindColumn(const OutputRelation *relation, const ChangeColumn *column)
{
	int			at = -1;
	ListCell   *lc;

	foreach(lc, column->names)
		if (at < 0)
			at = ColumnNumber(relation, lfirst(lc));
	return at;
}

static void
ReportMissing(const ChangeTable *table, const ChangeColumn *column)
{
	const char *name = get_attname(table->def->relid, column->attnum, true);

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("table \"%s\" of server \"%s\" has no column \"%s\"",
					SourceTable(table->source), table->def->server_name, column->name),
			 errdetail("It was dropped or renamed, or the publication leaves it out."),
			 errhint("If it was renamed, set column option column_name to both names, such as '%s|...'. To "
					 "land nulls, set column option optional 'true'; to leave it out, use ALTER FOREIGN "
					 "TABLE ... DROP COLUMN %s.", column->name,
					 quote_identifier(name ? name : column->name))));
}

/* Columns that are left out on purpose are among them. */
static List *
UnreadOf(const LogicalSource *source, const OutputRelation *relation)
{
	List	   *unread = NIL;

	for (int i = 0; i < relation->count && relation->types != NULL; i++)
	{
		UnreadField *field;

		if (SourceReads(source, relation->columns[i]))
			continue;
		field = palloc(sizeof(UnreadField));
		field->name = relation->columns[i];
		field->type = relation->types[i];
		unread = lappend(unread, field);
	}
	return unread;
}

/* One that was renamed must not become null: its new name would be one that no column takes. */
static void
TakeMissing(RelationUse *use, const ChangeColumn *column)
{
	const ChangeTable *table = use->table;
	const char *on_missing = table->source->on_missing;
	bool		is_ignored = strcmp(on_missing, "ignore") == 0;

	if (column->is_key || strcmp(on_missing, "hold") == 0 || (use->unread != NIL && !is_ignored))
		ReportMissing(table, column);
	if (!is_ignored)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("table \"%s\" of server \"%s\" has no column \"%s\"",
						SourceTable(table->source), table->def->server_name, column->name),
				 errdetail("The column that takes it is null in rows that are changed from now on.")));
	use->missing = lappend(use->missing,
						   pstrdup(TupleDescAttr(table->def->desc, column->attnum - 1)->attname.data));
}

RelationUse *
ChangeTableUse(ChangeTable *table, const OutputRelation *relation, List *unread)
{
	const LogicalSource *source = table->source;
	RelationUse *use = palloc0(sizeof(RelationUse));

	use->table = table;
	use->columns = relation->count;
	use->unread = list_concat(UnreadOf(source, relation), unread);
	table->fields_of = NULL;
	use->column_of = palloc(sizeof(int) * Max(source->nchanges, 1));
	for (int i = 0; i < source->nchanges; i++)
	{
		const ChangeColumn *column = &source->changes[i];

		use->column_of[i] = column->role == CHANGE_VALUE ?
			FindColumn(relation, column) : -1;
		if (column->role == CHANGE_VALUE && use->column_of[i] < 0 && !column->optional)
			TakeMissing(use, column);
	}
	return use;
}

bool
ChangeTableIs(const ChangeTable *table, const OutputRelation *relation)
{
	return strcmp(table->source->table, relation->table) == 0 &&
		strcmp(table->source->schema, relation->schema) == 0;
}

/* ---- rows ---- */

static Datum
RoleValue(const ChangePlace *place, RowBatch *rows, ChangeRole role, const char *op)
{
	MemoryContext old;
	Datum		value;

	switch (role)
	{
		case CHANGE_LSN:
			return LSNGetDatum(place->transaction.commit);
		case CHANGE_POSITION:
			return Int64GetDatum(place->position);
		case CHANGE_COMMITTED_AT:
			return TimestampTzGetDatum(place->transaction.committed_at);
		case CHANGE_XID:
			return Int64GetDatum((int64) place->transaction.xid);
		default:
			old = MemoryContextSwitchTo(rows->cxt);
			value = CStringGetTextDatum(op);
			MemoryContextSwitchTo(old);
			return value;
	}
}

static void
ReportUnknown(const ChangeTable *table, const ChangeColumn *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("value of column \"%s\" of table \"%s\" of server \"%s\" is not known", column->name,
					SourceTable(table->source), table->def->server_name),
			 errdetail("The server does not send a long value that an update leaves as it is, and the target "
					   "does not have the row."),
			 errhint("Use ALTER TABLE %s REPLICA IDENTITY FULL on the server, which helps from the next "
					 "update on. %s",
					 quote_qualified_identifier(table->source->schema, table->source->table),
					 SlotAgainHint(table->def, true))));
}

/* What the server has not sent; key has that which the row had before. */
static void
FillKept(const RelationUse *use, OutputTuple *tuple, const OutputTuple *key)
{
	const ChangeTable *table = use->table;
	int			unknown = KeptValuesFill(table->kept, key, tuple);

	if (unknown >= 0)
		ReportUnknown(table, &table->source->changes[unknown]);
}

static void
PutColumn(const RelationUse *use, const ChangePlace *place, int i, const OutputTuple *tuple,
		  const char *op)
{
	ChangeTable *table = use->table;
	const ChangeColumn *column = &table->source->changes[i];
	int			at = use->column_of[i];

	if (column->role != CHANGE_VALUE)
		TextRowPutDatum(table->texts, column->attnum, RoleValue(place, table->rows, column->role, op));
	else if (at >= 0 && at < tuple->count && tuple->values[at].kind == OUTPUT_TEXT)
		TextRowPut(table->texts, column->attnum, tuple->values[at].text, tuple->values[at].len);
}

/* The description of the relation may be replaced before the batch ends. */
static void
NoteFields(ChangeTable *table, const RelationUse *use)
{
	MemoryContext old;
	ListCell   *lc;

	table->fields.records++;
	if (table->fields_of == use)
		return;
	old = MemoryContextSwitchTo(table->cxt);
	table->fields_of = use;
	table->fields.unread = table->fields.missing = NIL;
	foreach(lc, use->unread)
	{
		const UnreadField *field = lfirst(lc);
		UnreadField *copy = palloc(sizeof(UnreadField));

		copy->name = pstrdup(field->name);
		copy->type = pstrdup(field->type);
		table->fields.unread = lappend(table->fields.unread, copy);
	}
	foreach(lc, use->missing)
		table->fields.missing = lappend(table->fields.missing, pstrdup(lfirst(lc)));
	MemoryContextSwitchTo(old);
}

bool
ChangeTablePut(const RelationUse *use, const ChangePlace *place, OutputTuple *tuple,
			   const OutputTuple *key, const char *op)
{
	ChangeTable *table = use->table;
	ChangeText	text = {table->def, table->json, use->column_of, &place->transaction, place->position,
	tuple, op};
	MemoryContext old;

	if (table->rows == NULL)
		return false;
	old = MemoryContextSwitchTo(table->rows->cxt);
	KeptValuesMap(table->kept, use->column_of);
	FillKept(use, tuple, key);
	TextRowBegin(table->texts, table->rows);
	for (int i = 0; i < table->source->nchanges; i++)
		PutColumn(use, place, i, tuple, op);
	TextRowEnd(table->texts, ++table->records, ChangeTextOf, &text);
	KeptValuesNote(table->kept, tuple);
	MemoryContextSwitchTo(old);
	NoteFields(table, use);
	return true;
}

static bool
ValuesEqual(const OutputValue *a, const OutputValue *b)
{
	if (a->kind != b->kind || a->kind != OUTPUT_TEXT)
		return a->kind == b->kind || a->kind == OUTPUT_UNCHANGED || b->kind == OUTPUT_UNCHANGED;
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

bool
ChangeMovesRow(const RelationUse *use, const OutputTuple *before, const OutputTuple *after)
{
	const LogicalSource *source = use->table->source;

	for (int i = 0; i < source->nchanges; i++)
	{
		int			at = use->column_of[i];

		if (source->changes[i].is_key && at >= 0 && at < before->count && at < after->count &&
			!ValuesEqual(&before->values[at], &after->values[at]))
			return true;
	}
	return false;
}
