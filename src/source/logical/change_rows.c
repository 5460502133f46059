/*
 * change_rows.c
 *	  Turn messages of a stream into rows of the tables that are read from it.
 *
 * A change is one row with the new values, or that of a delete with what the server knows of the old
 * ones. An update that changes the key of the pipeline is two rows: a delete and an insert.
 */
#include "base/compat.h"
#include "source/logical/change_rows.h"

#include "decode/text_row.h"
#include "lib/stringinfo.h"
#include "source/logical/kept_value.h"
#include "source/logical/logical_source.h"
#include "source/logical/pgoutput.h"
#include "source/logical/slot.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/pg_lsn.h"
#include "utils/timestamp.h"

/* A table that is read. */
typedef struct ChangeTable
{
	const SourceDefinition *def;
	const LogicalSource *source;
	TextRows   *texts;
	RowBatch   *rows;
	int64		records;
	KeptValues *kept;
} ChangeTable;

/* One of them under the columns that a relation has. */
typedef struct RelationUse
{
	ChangeTable *table;
	int		   *column_of;		/* relation's column of each of the table's changes, or -1 */
} RelationUse;

typedef struct RelationEntry
{
	OutputRelation relation;	/* begins with the key */
	MemoryContext cxt;			/* of what belongs to it */
	List	   *uses;			/* RelationUse * */
} RelationEntry;

struct ChangeRows
{
	MemoryContext cxt;
	List	   *tables;			/* ChangeTable * */
	HTAB	   *relations;
	RelationEntry *last;		/* that was asked for */
	OutputTuple before;
	OutputTuple after;
	OutputBegin transaction;	/* at hand */
	int64		position;		/* of the change in it */
	MemoryContext reading_cxt;	/* of reading; or NULL */
	RelationUse *reading;		/* the table whose rows are read as they are */
	int64		count;
};

ChangeRows *
ChangeRowsCreate(void)
{
	ChangeRows *c = palloc0(sizeof(ChangeRows));
	HASHCTL		ctl = {.keysize = sizeof(uint32), .entrysize = sizeof(RelationEntry)};

	c->cxt = c->before.cxt = c->after.cxt = ctl.hcxt = CurrentMemoryContext;
	c->relations = hash_create("elt replicated relations", 64, &ctl,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return c;
}

int
ChangeRowsAddTable(ChangeRows *c, const SourceDefinition *def)
{
	ChangeTable *table = palloc0(sizeof(ChangeTable));

	table->def = def;
	table->source = def->own;
	table->texts = TextRowsCreate(def->desc);
	table->kept = KeptValuesCreate(def);
	c->tables = lappend(c->tables, table);
	return list_length(c->tables) - 1;
}

void
ChangeRowsInto(ChangeRows *c, int table, RowBatch *rows)
{
	((ChangeTable *) list_nth(c->tables, table))->rows = rows;
}

/* A message has two rows of each table at most. */
bool
ChangeRowsHaveRoom(const ChangeRows *c)
{
	ListCell   *lc;

	foreach(lc, c->tables)
	{
		const RowBatch *rows = ((ChangeTable *) lfirst(lc))->rows;

		if (rows != NULL && rows->nrows + 2 > rows->capacity)
			return false;
	}
	return true;
}

void
ChangeRowsBegin(ChangeRows *c, bool batch)
{
	ListCell   *lc;

	foreach(lc, c->tables)
	{
		const ChangeTable *table = lfirst(lc);

		if (batch)
			KeptValuesBeginBatch(table->kept);
		else
			KeptValuesBeginFill(table->kept);
	}
}

void
ChangeRowsFinish(ChangeRows *c)
{
	ListCell   *lc;

	foreach(lc, c->tables)
	{
		ChangeTable *table = lfirst(lc);

		if (table->rows != NULL)
			TextRowsFinish(table->rows);
	}
}

int64
ChangeRowsCount(const ChangeRows *c)
{
	return c->count;
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

static RelationUse *
UseOf(ChangeTable *table, const OutputRelation *relation)
{
	const LogicalSource *source = table->source;
	RelationUse *use = palloc0(sizeof(RelationUse));

	use->table = table;
	use->column_of = palloc(sizeof(int) * Max(source->nchanges, 1));
	for (int i = 0; i < source->nchanges; i++)
	{
		const ChangeColumn *column = &source->changes[i];

		use->column_of[i] = column->role == CHANGE_VALUE ?
			FindColumn(relation, column) : -1;
		if (column->role == CHANGE_VALUE && use->column_of[i] < 0 && !column->optional)
			ReportMissing(table, column);
	}
	return use;
}

static bool
IsTable(const ChangeTable *table, const OutputRelation *relation)
{
	return strcmp(table->source->table, relation->table) == 0 &&
		strcmp(table->source->schema, relation->schema) == 0;
}

static List *
UsesOf(const ChangeRows *c, const OutputRelation *relation)
{
	List	   *uses = NIL;
	ListCell   *lc;

	foreach(lc, c->tables)
		if (IsTable(lfirst(lc), relation))
			uses = lappend(uses, UseOf(lfirst(lc), relation));
	return uses;
}

/* It comes before the first change of a relation, and again after it was altered. */
static void
TakeRelation(ChangeRows *c, OutputReader *r)
{
	MemoryContext cxt = AllocSetContextCreate(c->cxt, "elt replicated relation",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	OutputRelation relation;
	List	   *uses;
	RelationEntry *entry;
	bool		found;

	OutputRelationRead(r, &relation);
	uses = UsesOf(c, &relation);
	MemoryContextSwitchTo(old);
	entry = hash_search(c->relations, &relation.id, HASH_ENTER, &found);
	if (found)
		MemoryContextDelete(entry->cxt);
	entry->relation = relation;
	entry->cxt = cxt;
	entry->uses = uses;
}

static RelationEntry *
EntryOf(ChangeRows *c, uint32 id)
{
	if (c->last == NULL || c->last->relation.id != id)
		c->last = hash_search(c->relations, &id, HASH_FIND, NULL);
	if (c->last == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("change of relation %u came before its description", id)));
	return c->last;
}

/* ---- rows ---- */

/* A row in the making, for its reject. */
typedef struct RowText
{
	const RelationUse *use;
	const OutputTuple *tuple;
} RowText;

static char *
RawText(void *arg)
{
	const RowText *row = arg;
	const LogicalSource *source = row->use->table->source;
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (int i = 0; i < source->nchanges; i++)
	{
		int			at = row->use->column_of[i];

		if (at < 0 || row->tuple->values[at].kind != OUTPUT_TEXT)
			continue;
		if (json.len > 1)
			appendStringInfoString(&json, ", ");
		escape_json(&json, source->changes[i].name);
		appendStringInfoString(&json, ": ");
		escape_json(&json, pnstrdup(row->tuple->values[at].text, row->tuple->values[at].len));
	}
	appendStringInfoChar(&json, '}');
	return json.data;
}

static Datum
RoleValue(const ChangeRows *c, RowBatch *rows, ChangeRole role, const char *op)
{
	MemoryContext old;
	Datum		value;

	switch (role)
	{
		case CHANGE_LSN:
			return LSNGetDatum(c->transaction.commit);
		case CHANGE_POSITION:
			return Int64GetDatum(c->position);
		case CHANGE_COMMITTED_AT:
			return TimestampTzGetDatum(c->transaction.committed_at);
		case CHANGE_XID:
			return Int64GetDatum((int64) c->transaction.xid);
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
			 errhint("Use ALTER TABLE %s REPLICA IDENTITY FULL on the server.",
					 quote_qualified_identifier(table->source->schema, table->source->table))));
}

/* What the server has not sent; key has that which the row had before. */
static void
FillKept(const RelationUse *use, OutputTuple *tuple, const OutputTuple *key)
{
	const ChangeTable *table = use->table;

	for (int i = 0; i < table->source->nchanges; i++)
	{
		int			at = use->column_of[i];

		if (at < 0 || at >= tuple->count || tuple->values[at].kind != OUTPUT_UNCHANGED)
			continue;
		if (!KeptValuesFind(table->kept, key, i, &tuple->values[at]))
			ReportUnknown(table, &table->source->changes[i]);
	}
}

static void
PutColumn(const ChangeRows *c, const RelationUse *use, int i, const OutputTuple *tuple,
		  const char *op)
{
	ChangeTable *table = use->table;
	const ChangeColumn *column = &table->source->changes[i];
	int			at = use->column_of[i];

	if (column->role != CHANGE_VALUE)
		TextRowPutDatum(table->texts, column->attnum, RoleValue(c, table->rows, column->role, op));
	else if (at >= 0 && at < tuple->count && tuple->values[at].kind == OUTPUT_TEXT)
		TextRowPut(table->texts, column->attnum, tuple->values[at].text, tuple->values[at].len);
}

static void
PutRow(ChangeRows *c, const RelationUse *use, OutputTuple *tuple, const OutputTuple *key,
	   const char *op)
{
	ChangeTable *table = use->table;
	RowText		row = {use, tuple};
	MemoryContext old;

	if (table->rows == NULL)
		return;
	old = MemoryContextSwitchTo(table->rows->cxt);
	KeptValuesMap(table->kept, use->column_of);
	FillKept(use, tuple, key);
	TextRowBegin(table->texts, table->rows);
	for (int i = 0; i < table->source->nchanges; i++)
		PutColumn(c, use, i, tuple, op);
	TextRowEnd(table->texts, ++table->records, RawText, &row);
	KeptValuesNote(table->kept, tuple);
	MemoryContextSwitchTo(old);
	c->count++;
}

static bool
ValuesEqual(const OutputValue *a, const OutputValue *b)
{
	if (a->kind != b->kind || a->kind != OUTPUT_TEXT)
		return a->kind == b->kind || a->kind == OUTPUT_UNCHANGED || b->kind == OUTPUT_UNCHANGED;
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* Does an update move the row to another key of the pipeline? */
static bool
KeyChanges(const RelationUse *use, const OutputTuple *before, const OutputTuple *after)
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

/* What the new row lacks because it is stored out of line, the whole old one has. */
static void
FillUnchanged(OutputTuple *after, const OutputTuple *before)
{
	for (int i = 0; i < after->count && i < before->count; i++)
		if (after->values[i].kind == OUTPUT_UNCHANGED && before->values[i].kind == OUTPUT_TEXT)
			after->values[i] = before->values[i];
}

static void
TakeInsert(ChangeRows *c, OutputReader *r)
{
	RelationEntry *entry = EntryOf(c, OutputInt32(r));
	ListCell   *lc;

	(void) OutputByte(r);
	OutputTupleRead(r, &c->after);
	foreach(lc, entry->uses)
		PutRow(c, lfirst(lc), &c->after, &c->after, "insert");
}

static void
PutUpdate(ChangeRows *c, const RelationUse *use, bool has_before)
{
	bool		moves = has_before && KeyChanges(use, &c->before, &c->after);

	if (moves)
		PutRow(c, use, &c->before, &c->before, "delete");
	PutRow(c, use, &c->after, moves ? &c->before : &c->after, moves ? "insert" : "update");
}

static void
TakeUpdate(ChangeRows *c, OutputReader *r)
{
	RelationEntry *entry = EntryOf(c, OutputInt32(r));
	uint8		kind = OutputByte(r);
	bool		has_before = kind == 'K' || kind == 'O';
	ListCell   *lc;

	if (has_before)
	{
		OutputTupleRead(r, &c->before);
		(void) OutputByte(r);
	}
	OutputTupleRead(r, &c->after);
	if (kind == 'O')
		FillUnchanged(&c->after, &c->before);
	foreach(lc, entry->uses)
		PutUpdate(c, lfirst(lc), has_before);
}

static void
TakeDelete(ChangeRows *c, OutputReader *r)
{
	RelationEntry *entry = EntryOf(c, OutputInt32(r));
	ListCell   *lc;

	(void) OutputByte(r);
	OutputTupleRead(r, &c->before);
	foreach(lc, entry->uses)
		PutRow(c, lfirst(lc), &c->before, &c->before, "delete");
}

static void
RefuseTruncate(const ChangeRows *c, const ChangeTable *table)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("table \"%s\" of server \"%s\" was truncated", SourceTable(table->source),
					table->def->server_name),
			 errdetail("The transaction committed at %s.", LsnText(c->transaction.commit)),
			 errhint("To keep the rows that have landed, set option on_truncate 'ignore' of foreign table "
					 "\"%s\".", table->def->relation)));
}

static void
TakeTruncate(ChangeRows *c, OutputReader *r)
{
	uint32		count = OutputInt32(r);

	(void) OutputByte(r);
	for (uint32 i = 0; i < count; i++)
	{
		RelationEntry *entry = EntryOf(c, OutputInt32(r));
		ListCell   *lc;

		foreach(lc, entry->uses)
		{
			const ChangeTable *table = ((RelationUse *) lfirst(lc))->table;

			if (table->source->on_truncate == TRUNCATE_FAIL)
				RefuseTruncate(c, table);
		}
	}
}

static OutputRelation
RelationOf(const ChangeTable *table, List *columns)
{
	OutputRelation relation = {0};

	relation.schema = table->source->schema;
	relation.table = table->source->table;
	relation.count = list_length(columns);
	relation.columns = palloc(sizeof(char *) * Max(relation.count, 1));
	for (int i = 0; i < relation.count; i++)
		relation.columns[i] = list_nth(columns, i);
	return relation;
}

void
ChangeRowsBeginTable(ChangeRows *c, int table, List *columns, XLogRecPtr lsn, TimestampTz at,
					 int64 count)
{
	MemoryContext cxt = AllocSetContextCreate(c->cxt, "elt table", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	OutputRelation relation = RelationOf(list_nth(c->tables, table), columns);
	RelationUse *use = UseOf(list_nth(c->tables, table), &relation);

	MemoryContextSwitchTo(old);
	if (c->reading_cxt != NULL)
		MemoryContextDelete(c->reading_cxt);
	c->reading_cxt = cxt;
	c->reading = use;
	c->transaction = (OutputBegin) {lsn, at, 0};
	c->position = count;
}

void
ChangeRowsTakeRow(ChangeRows *c, OutputTuple *row)
{
	c->position++;
	PutRow(c, c->reading, row, row, "read");
}

int
ChangeRowsTables(const ChangeRows *c)
{
	return list_length(c->tables);
}

const SourceDefinition *
ChangeRowsTable(const ChangeRows *c, int table)
{
	return ((ChangeTable *) list_nth(c->tables, table))->def;
}

/* ---- messages ---- */

static void
BeginTransaction(ChangeRows *c, OutputReader *r)
{
	c->transaction = OutputBeginRead(r);
	c->position = 0;
}

bool
ChangeRowsTake(ChangeRows *c, const char *message, size_t len, XLogRecPtr *end)
{
	OutputReader r = {message, message + len};

	switch (OutputByte(&r))
	{
		case 'B':
			BeginTransaction(c, &r);
			return false;
		case 'C':
			*end = OutputCommitRead(&r);
			return true;
		case 'R':
			TakeRelation(c, &r);
			return false;
		case 'I':
			c->position++;
			TakeInsert(c, &r);
			return false;
		case 'U':
			c->position++;
			TakeUpdate(c, &r);
			return false;
		case 'D':
			c->position++;
			TakeDelete(c, &r);
			return false;
		case 'T':
			TakeTruncate(c, &r);
			return false;
		default:				/* types, origins and messages of others */
			return false;
	}
}
