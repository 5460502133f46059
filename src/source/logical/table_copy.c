/*
 * table_copy.c
 *	  Read tables by COPY, each in the order of its key, so that reading can go on after any row.
 *
 * Where it goes on after an interruption the snapshot is another one, and later than the slot. The rest
 * of the rows is then as it was later, until the changes since the slot was created have landed as well.
 */
#include "base/compat.h"
#include "source/logical/table_copy.h"

#include "base/item_list.h"
#include "base/sql_name.h"
#include "lib/stringinfo.h"
#include "source/logical/pg_link.h"
#include "source/logical/pgoutput.h"
#include "source/logical/slot.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* Kinds of messages in the queue. */
#define NEXT_TABLE 't'
#define ROW 'r'

/* A table as it is read. */
typedef struct CopiedTable
{
	int			number;
	List	   *columns;		/* char *, that are selected */
	List	   *unread;			/* UnreadField *, that are not */
	List	   *key;			/* char *, those of them that order the rows; NIL: none do */
	int		   *key_at;			/* where they are among the columns */
} CopiedTable;

struct TableCopy
{
	MemoryContext cxt;
	PgLink	   *link;
	ChangeRows *rows;
	ChangeQueue *queue;
	StreamPosition start;
	int			next;			/* number of the table that is copied next */
	bool		copying;
	int64		bytes;

	/* of the rows that were handed out */
	CopiedTable *table;			/* NULL: none yet */
	int64		count;
	OutputTuple row;			/* the last one */
	StringInfoData text;		/* of its values */
};

static const LogicalSource *
SourceOf(const TableCopy *copy, int table)
{
	return ChangeRowsTable(copy->rows, table)->own;
}

/* ---- opening ---- */

/* The tables before it have landed. */
static int
TableNumber(const TableCopy *copy, const char *table)
{
	if (table == NULL)
		return 0;
	for (int i = 0; i < ChangeRowsTables(copy->rows); i++)
		if (strcmp(SourceOf(copy, i)->pipeline, table) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("child \"%s\" was dropped from pipeline \"%s\" while it was loaded", table,
					SourceOf(copy, 0)->pipeline),
			 errhint("Add it again, or begin again: SELECT pg_drop_replication_slot('%s') on the server, "
					 "then SELECT elt.reset_pipeline('%s').", SourceOf(copy, 0)->slot,
					 SourceOf(copy, 0)->pipeline)));
}

TableCopy *
TableCopyOpen(const SourceDefinition *def, ChangeRows *rows, const StreamPosition *position,
			  const char *snapshot)
{
	TableCopy  *copy = palloc0(sizeof(TableCopy));

	copy->cxt = copy->row.cxt = CurrentMemoryContext;
	copy->rows = rows;
	copy->queue = ChangeQueueCreate();
	initStringInfo(&copy->text);
	copy->start = *position;
	copy->count = position->count;
	copy->next = TableNumber(copy, position->table);
	copy->link = PgLinkOpen(def, false);
	(void) PgLinkRun(copy->link, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
	if (snapshot != NULL)
		(void) PgLinkRun(copy->link, psprintf("SET TRANSACTION SNAPSHOT %s",
											  PgLinkLiteral(copy->link, snapshot)));
	else
		(void) PgLinkRun(copy->link, "SELECT 1");
	return copy;
}

void
TableCopyClose(TableCopy *copy)
{
	PgLinkClose(copy->link);
}

/* ---- copying ---- */

#define COLUMNS_SQL \
	"SELECT a.attname, CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace" \
	" THEN format_type(a.atttypid, a.atttypmod) ELSE 'text' END FROM pg_attribute a" \
	" JOIN pg_type t ON t.oid = a.atttypid JOIN pg_class c ON c.oid = a.attrelid" \
	" JOIN pg_namespace n ON n.oid = c.relnamespace" \
	" WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped"

/* All columns, as UnreadField *. */
static List *
ColumnsThere(TableCopy *copy, const LogicalSource *source)
{
	List	   *there = NIL;
	PGresult   *r = PgLinkRun(copy->link, psprintf(COLUMNS_SQL,
												   PgLinkLiteral(copy->link, source->schema),
												   PgLinkLiteral(copy->link, source->table)));

	for (int i = 0; i < PQntuples(r); i++)
	{
		UnreadField *column = palloc(sizeof(UnreadField));

		column->name = pstrdup(PgLinkValue(r, i, 0));
		column->type = pstrdup(PgLinkValue(r, i, 1));
		there = lappend(there, column);
	}
	return there;
}

static void
FindColumns(TableCopy *copy, CopiedTable *table)
{
	const LogicalSource *source = SourceOf(copy, table->number);
	ListCell   *lc;

	foreach(lc, ColumnsThere(copy, source))
	{
		UnreadField *column = lfirst(lc);

		if (SourceReads(source, column->name))
			table->columns = lappend(table->columns, column->name);
		else
			table->unread = lappend(table->unread, column);
	}
}

static void
FindKey(CopiedTable *table)
{
	table->key_at = palloc(sizeof(int) * (list_length(table->key) + 1));
	for (int i = 0; i < list_length(table->key); i++)
	{
		int			at = 0;

		while (strcmp(list_nth(table->columns, at), list_nth(table->key, i)) != 0)
			at++;
		table->key_at[i] = at;
	}
}

static CopiedTable *
TableOf(TableCopy *copy, int number)
{
	CopiedTable *table = palloc0(sizeof(CopiedTable));
	bool		full;
	ListCell   *lc;

	table->number = number;
	FindColumns(copy, table);
	table->key = IdentityColumns(copy->link, ChangeRowsTable(copy->rows, number), &full);
	foreach(lc, table->key)
		if (!NamesContain(table->columns, lfirst(lc)))
			table->columns = lappend(table->columns, lfirst(lc));
	FindKey(table);
	return table;
}

static char *
Quoted(TableCopy *copy, List *texts, char *(*quote) (PgLink *link, const char *text))
{
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, texts)
		AppendItem(&list, ", ", "%s", quote(copy->link, lfirst(lc)));
	return list.data;
}

static char *
Names(TableCopy *copy, List *names)
{
	return Quoted(copy, names, PgLinkName);
}

static char *
CopyCommand(TableCopy *copy, const CopiedTable *table, List *after)
{
	const LogicalSource *source = SourceOf(copy, table->number);
	char	   *condition = PublishedRows(copy->link, ChangeRowsTable(copy->rows, table->number));
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "COPY (SELECT %s FROM %s.%s WHERE %s", Names(copy, table->columns),
					 PgLinkName(copy->link, source->schema), PgLinkName(copy->link, source->table),
					 condition ? condition : "true");
	if (after != NIL)
		appendStringInfo(&sql, " AND (%s) > (%s)", Names(copy, table->key),
						 Quoted(copy, after, PgLinkLiteral));
	if (table->key != NIL)
		appendStringInfo(&sql, " ORDER BY %s", Names(copy, table->key));
	appendStringInfoString(&sql, ") TO STDOUT");
	return sql.data;
}

static void
BeginTable(TableCopy *copy)
{
	MemoryContext old = MemoryContextSwitchTo(copy->cxt);
	CopiedTable *table = TableOf(copy, copy->next++);
	List	   *after = table->number == TableNumber(copy, copy->start.table) ? copy->start.after : NIL;

	if (list_length(after) != list_length(table->key))
		after = NIL;
	(void) PgLinkRun(copy->link, CopyCommand(copy, table, after));
	copy->copying = true;
	ChangeQueueAdd(copy->queue, NEXT_TABLE, (const char *) &table, sizeof(table));
	MemoryContextSwitchTo(old);
}

bool
TableCopyHasEnded(const TableCopy *copy)
{
	return !copy->copying && copy->next >= ChangeRowsTables(copy->rows);
}

void
TableCopyReceive(TableCopy *copy, size_t bytes)
{
	while (ChangeQueueBytes(copy->queue) < bytes && !TableCopyHasEnded(copy))
	{
		const char *message;
		bool		ended;
		int			len;

		if (!copy->copying)
			BeginTable(copy);
		message = PgLinkMessage(copy->link, &len, &ended);
		if (ended)
		{
			PgLinkEndCopy(copy->link);
			copy->copying = false;
			continue;
		}
		if (message == NULL)
			return;
		ChangeQueueAdd(copy->queue, ROW, message, len);
		copy->bytes += len;
	}
}

void
TableCopyWait(TableCopy *copy, long milliseconds)
{
	(void) PgLinkWait(copy->link, milliseconds);
}

ChangeQueue *
TableCopyQueue(TableCopy *copy)
{
	return copy->queue;
}

int64
TableCopyBytes(const TableCopy *copy)
{
	return copy->bytes;
}

/* ---- rows ---- */

static char
Unescaped(char c)
{
	switch (c)
	{
		case 'b':
			return '\b';
		case 'f':
			return '\f';
		case 'n':
			return '\n';
		case 'r':
			return '\r';
		case 't':
			return '\t';
		case 'v':
			return '\v';
		default:
			return c;
	}
}

/* The value that begins at text, into out; returns what follows it. */
static const char *
ReadValue(const char *text, const char *end, OutputValue *value, char **out)
{
	if (end - text >= 2 && text[0] == '\\' && text[1] == 'N')
	{
		value->kind = OUTPUT_NULL;
		return text + 2;
	}
	value->kind = OUTPUT_TEXT;
	value->text = *out;
	while (text < end && *text != '\t' && *text != '\n')
	{
		if (*text == '\\' && text + 1 < end)
			*(*out)++ = Unescaped(*++text);
		else
			*(*out)++ = *text;
		text++;
	}
	value->len = (int) (*out - value->text);
	return text;
}

static void
ReadRow(TableCopy *copy, const char *message, size_t len)
{
	int			count = list_length(copy->table->columns);
	const char *text = message;
	const char *end = message + len;
	char	   *out;

	resetStringInfo(&copy->text);
	enlargeStringInfo(&copy->text, (int) len + 1);
	out = copy->text.data;
	for (int i = 0; i < count; i++)
	{
		text = ReadValue(text, end, &copy->row.values[i], &out);
		text++;
	}
	copy->row.count = count;
}

/* A pointer to what was read of the table on the server. */
static void
EnterTable(TableCopy *copy, const char *message)
{
	memcpy(&copy->table, message, sizeof(copy->table));
	copy->row.count = 0;
	copy->row.values = MemoryContextAlloc(copy->cxt, sizeof(OutputValue) *
										  Max(list_length(copy->table->columns), 1));
	ChangeRowsBeginTable(copy->rows, copy->table->number, copy->table->columns, copy->table->unread,
						 copy->start.lsn, copy->start.at, copy->count);
}

void
TableCopyTake(TableCopy *copy, char kind, const char *message, size_t len)
{
	if (kind == NEXT_TABLE)
	{
		EnterTable(copy, message);
		return;
	}
	ReadRow(copy, message, len);
	ChangeRowsTakeRow(copy->rows, &copy->row);
	copy->count++;
}

bool
TableCopyMayPause(const TableCopy *copy)
{
	return copy->table != NULL && copy->table->key != NIL;
}

static List *
KeyOf(const TableCopy *copy)
{
	List	   *key = NIL;

	for (int i = 0; i < list_length(copy->table->key) && copy->row.count > 0; i++)
	{
		const OutputValue *value = &copy->row.values[copy->table->key_at[i]];

		key = lappend(key, pnstrdup(value->text, value->len));
	}
	return key;
}

StreamPosition
TableCopyPosition(const TableCopy *copy)
{
	StreamPosition position = copy->start;

	position.is_loading = true;
	if (copy->table == NULL)
		return position;
	position.table = SourceOf(copy, copy->table->number)->pipeline;
	if (copy->row.count > 0)
		position.after = KeyOf(copy);
	else if (copy->table->number != TableNumber(copy, copy->start.table))
		position.after = NIL;
	position.count = copy->count;
	return position;
}
