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
#include "source/logical/change_table.h"
#include "source/logical/kept_value.h"
#include "source/logical/slot.h"
#include "source/logical/truncated_rows.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

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
	ChangePlace place;			/* of the change at hand */
	TimestampTz latest;			/* commit that was read; 0: no time is known */
	TimestampTz present;		/* of the server, at least */
	int64		ahead;			/* its clock, of ours */
	List	   *truncated;		/* RelationUse *, whose rows are to be deleted */
	bool		all_staged;		/* what came before that */
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
	c->tables = lappend(c->tables, ChangeTableCreate(def));
	return list_length(c->tables) - 1;
}

void
ChangeRowsStartAt(ChangeRows *c, TimestampTz at, int64 ahead)
{
	c->latest = at;
	c->ahead = ahead;
}

TimestampTz
ChangeRowsTime(const ChangeRows *c)
{
	return c->latest;
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

	c->all_staged = true;
	foreach(lc, c->tables)
	{
		ChangeTable *table = lfirst(lc);

		if (batch)
			table->fields.records = 0;
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

const RowFields *
ChangeRowsFields(const ChangeRows *c, const SourceDefinition *def)
{
	ListCell   *lc;

	foreach(lc, c->tables)
		if (((ChangeTable *) lfirst(lc))->def == def)
			return &((ChangeTable *) lfirst(lc))->fields;
	return NULL;
}

int64
ChangeRowsCount(const ChangeRows *c)
{
	return c->count;
}

/* ---- relations ---- */

static List *
UsesOf(const ChangeRows *c, const OutputRelation *relation)
{
	List	   *uses = NIL;
	ListCell   *lc;

	foreach(lc, c->tables)
		if (ChangeTableIs(lfirst(lc), relation))
			uses = lappend(uses, ChangeTableUse(lfirst(lc), relation, NIL));
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

static void
PutRow(ChangeRows *c, const RelationUse *use, OutputTuple *tuple, const OutputTuple *key,
	   const char *op)
{
	if (ChangeTablePut(use, &c->place, tuple, key, op))
		c->count++;
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
	bool		moves = has_before && ChangeMovesRow(use, &c->before, &c->after);

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
			 errdetail("The transaction committed at %s.", LsnText(c->place.transaction.commit)),
			 errhint("To delete the rows that have landed, set option on_truncate 'apply' of foreign table "
					 "\"%s\"; to keep them, on_truncate 'ignore'.", table->def->relation)));
}

/* In a log it is a change like any other. */
static void
Truncate(ChangeRows *c, RelationUse *use)
{
	const ChangeTable *table = use->table;

	if (table->source->on_truncate == TRUNCATE_FAIL)
		RefuseTruncate(c, table);
	if (table->source->on_truncate == TRUNCATE_IGNORE || table->rows == NULL)
		return;
	if (table->source->keeps_log)
	{
		OutputTupleClear(&c->after, use->columns);
		PutRow(c, use, &c->after, &c->after, "truncate");
	}
	else
	{
		MemoryContext old = MemoryContextSwitchTo(c->cxt);

		c->truncated = lappend(c->truncated, use);
		c->all_staged = false;
		MemoryContextSwitchTo(old);
	}
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
			Truncate(c, lfirst(lc));
	}
}

/* False: the batch has no room for more. */
static bool
DeleteTruncated(ChangeRows *c, const RelationUse *use)
{
	ChangeTable *table = use->table;
	MemoryContext old = MemoryContextSwitchTo(c->cxt);

	if (table->truncated == NULL)
		table->truncated = TruncatedRowsFind(table->def);
	MemoryContextSwitchTo(table->rows->cxt);
	while (ChangeRowsHaveRoom(c))
	{
		OutputTupleClear(&c->before, use->columns);
		if (!TruncatedRowsNext(table->truncated, use->column_of, &c->before))
		{
			table->truncated = NULL;
			break;
		}
		PutRow(c, use, &c->before, &c->before, "delete");
	}
	MemoryContextSwitchTo(old);
	return table->truncated == NULL;
}

bool
ChangeRowsTruncate(ChangeRows *c)
{
	while (c->truncated != NIL)
	{
		if (!c->all_staged || !DeleteTruncated(c, linitial(c->truncated)))
			return false;
		c->truncated = list_delete_first(c->truncated);
	}
	return true;
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
ChangeRowsBeginTable(ChangeRows *c, int table, List *columns, List *unread, XLogRecPtr lsn,
					 TimestampTz at, int64 count)
{
	MemoryContext cxt = AllocSetContextCreate(c->cxt, "elt table", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	OutputRelation relation = RelationOf(list_nth(c->tables, table), columns);
	RelationUse *use = ChangeTableUse(list_nth(c->tables, table), &relation, unread);

	MemoryContextSwitchTo(old);
	if (c->reading_cxt != NULL)
		MemoryContextDelete(c->reading_cxt);
	c->reading_cxt = cxt;
	c->reading = use;
	c->place = (ChangePlace) {{lsn, at, 0}, count};
}

void
ChangeRowsTakeRow(ChangeRows *c, OutputTuple *row)
{
	c->place.position++;
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

/* Transactions come in the order of their commits, so time does not go back, nor beyond the present. */
static TimestampTz
CommitTime(ChangeRows *c, TimestampTz told)
{
	if (told > c->present)
		c->present = GetCurrentTimestamp() + c->ahead;
	told = Min(told, c->present);
	c->latest = c->latest == 0 ? told : Max(told, c->latest + 1);
	return c->latest;
}

static void
BeginTransaction(ChangeRows *c, OutputReader *r)
{
	OutputBegin transaction = OutputBeginRead(r);

	transaction.committed_at = CommitTime(c, transaction.committed_at);
	c->place = (ChangePlace) {transaction, 0};
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
			c->place.position++;
			TakeInsert(c, &r);
			return false;
		case 'U':
			c->place.position++;
			TakeUpdate(c, &r);
			return false;
		case 'D':
			c->place.position++;
			TakeDelete(c, &r);
			return false;
		case 'T':
			c->place.position++;
			TakeTruncate(c, &r);
			return false;
		default:				/* types, origins and messages of others */
			return false;
	}
}
