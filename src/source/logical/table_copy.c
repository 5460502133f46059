/*
 * table_copy.c
 *	  Read tables by COPY, each in ranges of its key, so that reading can go on after any row.
 *
 * Each range has a connection and is read in the order of the key; all of them see one snapshot. Where it
 * goes on after an interruption the snapshot is another one, and later than the slot. The rest of the rows
 * is then as it was later, until the changes since the slot was created have landed as well.
 */
#include "base/compat.h"
#include "source/logical/table_copy.h"

#include "base/sql_name.h"
#include "lib/stringinfo.h"
#include "source/logical/key_range.h"
#include "source/logical/pg_link.h"
#include "source/logical/pgoutput.h"
#include "source/logical/slot.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* Kinds of messages in the queue: rows have that of the first range and those after it. */
#define NEXT_TABLE 't'
#define RANGE_ENDED 'e'
#define FIRST_RANGE 'A'

/* What one connection may have in the queue before the others are looked at. */
#define TURN_BYTES (64 * 1024)

/* A table as it is read. */
typedef struct CopiedTable
{
	int			number;
	List	   *columns;		/* char *, that are selected */
	List	   *unread;			/* UnreadField *, that are not */
	List	   *key;			/* char *, those of them that order the rows; NIL: none do */
	int		   *key_at;			/* where they are among the columns */
	char	   *condition;		/* of its rows, or NULL */
	List	   *ranges;			/* KeyRange *, where the rows that were handed out end */
	bool	   *ended;			/* of each: all of its rows were */
} CopiedTable;

typedef struct Reader
{
	PgLink	   *link;			/* NULL: not yet */
	int			range;			/* that it reads; -1: none */
} Reader;

struct TableCopy
{
	MemoryContext cxt;
	const SourceDefinition *def;
	Reader	   *readers;
	int			nreaders;
	char	   *snapshot;		/* that the first of them has exported, or NULL */
	ChangeRows *rows;
	ChangeQueue *queue;
	StreamPosition start;
	int			next;			/* number of the table that is copied next */
	CopiedTable *copied;		/* the table that is read; NULL: none yet */
	int			begun;			/* its ranges that are read or were */
	int64		bytes;

	/* of the rows that were handed out */
	CopiedTable *table;			/* NULL: none yet */
	int			range;			/* of the last one; -1: of none that goes on */
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

static PgLink *
Connect(const SourceDefinition *def, const char *snapshot)
{
	PgLink	   *link = PgLinkOpen(def, false);

	(void) PgLinkRun(link, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
	if (snapshot != NULL)
		(void) PgLinkRun(link, psprintf("SET TRANSACTION SNAPSHOT %s", PgLinkLiteral(link, snapshot)));
	else
		(void) PgLinkRun(link, "SELECT 1");
	return link;
}

TableCopy *
TableCopyOpen(const SourceDefinition *def, ChangeRows *rows, const StreamPosition *position,
			  const char *snapshot)
{
	TableCopy  *copy = palloc0(sizeof(TableCopy));

	copy->cxt = copy->row.cxt = CurrentMemoryContext;
	copy->def = def;
	copy->rows = rows;
	copy->queue = ChangeQueueCreate();
	initStringInfo(&copy->text);
	copy->start = *position;
	copy->count = position->count;
	copy->next = TableNumber(copy, position->table);
	/* nothing is left of that table */
	if (position->table != NULL && position->ranges == NIL)
		copy->next++;
	copy->range = -1;
	copy->nreaders = ((const LogicalSource *) def->own)->load_connections;
	copy->readers = palloc(sizeof(Reader) * copy->nreaders);
	for (int i = 0; i < copy->nreaders; i++)
		copy->readers[i] = (Reader) {NULL, -1};
	copy->readers[0].link = Connect(def, snapshot);
	return copy;
}

void
TableCopyClose(TableCopy *copy)
{
	for (int i = 0; i < copy->nreaders; i++)
		if (copy->readers[i].link != NULL)
			PgLinkClose(copy->readers[i].link);
}

/* The connection that is free between two tables. */
static PgLink *
FirstLink(const TableCopy *copy)
{
	return copy->readers[0].link;
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
	PgLink	   *link = FirstLink(copy);
	PGresult   *r = PgLinkRun(link, psprintf(COLUMNS_SQL, PgLinkLiteral(link, source->schema),
											 PgLinkLiteral(link, source->table)));

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

static bool
RangesFit(List *ranges, List *key)
{
	ListCell   *lc;

	foreach(lc, ranges)
		if (!KeyRangeFits(lfirst(lc), key))
			return false;
	return true;
}

/* What is left of a table that was being read, or all of it. */
static List *
RangesOf(TableCopy *copy, const CopiedTable *table)
{
	bool		was_begun = copy->start.table != NULL &&
		table->number == TableNumber(copy, copy->start.table);

	/* the key may be another one than it was */
	if (was_begun && RangesFit(copy->start.ranges, table->key))
		return copy->start.ranges;
	return KeyRangesPlan(FirstLink(copy), ChangeRowsTable(copy->rows, table->number), table->key,
						 table->condition, copy->nreaders);
}

static CopiedTable *
TableOf(TableCopy *copy, int number)
{
	CopiedTable *table = palloc0(sizeof(CopiedTable));
	const SourceDefinition *def = ChangeRowsTable(copy->rows, number);
	bool		full;
	ListCell   *lc;

	table->number = number;
	FindColumns(copy, table);
	table->key = IdentityColumns(FirstLink(copy), def, &full);
	foreach(lc, table->key)
		if (!NamesContain(table->columns, lfirst(lc)))
			table->columns = lappend(table->columns, lfirst(lc));
	FindKey(table);
	table->condition = PublishedRows(FirstLink(copy), def);
	table->ranges = RangesOf(copy, table);
	table->ended = palloc0(list_length(table->ranges));
	return table;
}

static char *
CopyCommand(const TableCopy *copy, PgLink *link, const KeyRange *range)
{
	const CopiedTable *table = copy->copied;
	const LogicalSource *source = SourceOf(copy, table->number);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "COPY (SELECT %s FROM %s.%s WHERE %s%s", KeyNames(link, table->columns),
					 PgLinkName(link, source->schema), PgLinkName(link, source->table),
					 table->condition ? table->condition : "true",
					 KeyRangeCondition(link, table->key, range));
	if (table->key != NIL)
		appendStringInfo(&sql, " ORDER BY %s", KeyNames(link, table->key));
	appendStringInfoString(&sql, ") TO STDOUT");
	return sql.data;
}

static void
BeginTable(TableCopy *copy)
{
	MemoryContext old = MemoryContextSwitchTo(copy->cxt);

	copy->copied = TableOf(copy, copy->next++);
	copy->begun = 0;
	if (list_length(copy->copied->ranges) > 1 && copy->snapshot == NULL)
		copy->snapshot = pstrdup(PgLinkValue(PgLinkRun(FirstLink(copy), "SELECT pg_export_snapshot()"),
											 0, 0));
	ChangeQueueAdd(copy->queue, NEXT_TABLE, (const char *) &copy->copied, sizeof(copy->copied));
	MemoryContextSwitchTo(old);
}

/* False: all ranges of the table have been begun. */
static bool
BeginRange(TableCopy *copy, Reader *reader)
{
	MemoryContext old;

	if (copy->copied == NULL || copy->begun >= list_length(copy->copied->ranges))
		return false;
	old = MemoryContextSwitchTo(copy->cxt);
	if (reader->link == NULL)
		reader->link = Connect(copy->def, copy->snapshot);
	(void) PgLinkRun(reader->link, CopyCommand(copy, reader->link,
											   list_nth(copy->copied->ranges, copy->begun)));
	reader->range = copy->begun++;
	MemoryContextSwitchTo(old);
	return true;
}

static void
EndRange(TableCopy *copy, Reader *reader)
{
	char		range = (char) reader->range;

	PgLinkEndCopy(reader->link);
	ChangeQueueAdd(copy->queue, RANGE_ENDED, &range, 1);
	reader->range = -1;
}

/* Have all rows of the table been received? */
static bool
TableHasEnded(const TableCopy *copy)
{
	if (copy->copied != NULL && copy->begun < list_length(copy->copied->ranges))
		return false;
	for (int i = 0; i < copy->nreaders; i++)
		if (copy->readers[i].range >= 0)
			return false;
	return true;
}

bool
TableCopyHasEnded(const TableCopy *copy)
{
	return TableHasEnded(copy) && copy->next >= ChangeRowsTables(copy->rows);
}

/* Take what has come of a range; false: nothing has. */
static bool
ReceiveFrom(TableCopy *copy, Reader *reader, size_t bytes)
{
	bool		received = false;

	if (reader->range < 0 && !BeginRange(copy, reader))
		return false;
	while (ChangeQueueBytes(copy->queue) < bytes)
	{
		bool		ended;
		int			len;
		const char *message = PgLinkMessage(reader->link, &len, &ended);

		if (ended)
		{
			EndRange(copy, reader);
			return true;
		}
		if (message == NULL)
			return received;
		ChangeQueueAdd(copy->queue, FIRST_RANGE + reader->range, message, len);
		copy->bytes += len;
		received = true;
	}
	return received;
}

void
TableCopyReceive(TableCopy *copy, size_t bytes)
{
	bool		received = true;

	while (received && ChangeQueueBytes(copy->queue) < bytes && !TableCopyHasEnded(copy))
	{
		received = false;
		if (TableHasEnded(copy))
			BeginTable(copy);
		for (int i = 0; i < copy->nreaders; i++)
		{
			size_t		turn = ChangeQueueBytes(copy->queue) + TURN_BYTES;

			if (ReceiveFrom(copy, &copy->readers[i], Min(bytes, turn)))
				received = true;
		}
	}
}

void
TableCopyWait(TableCopy *copy, long milliseconds)
{
	PgLink	   *links[MAX_LOAD_CONNECTIONS];
	int			count = 0;

	for (int i = 0; i < copy->nreaders; i++)
		if (copy->readers[i].range >= 0)
			links[count++] = copy->readers[i].link;
	PgLinksWait(links, count, milliseconds);
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
	copy->range = -1;
	copy->row.values = MemoryContextAlloc(copy->cxt, sizeof(OutputValue) *
										  Max(list_length(copy->table->columns), 1));
	/* the commit of the first change may begin where the slot does, and comes after the row */
	ChangeRowsBeginTable(copy->rows, copy->table->number, copy->table->columns, copy->table->unread,
						 copy->start.lsn - 1, copy->start.at, copy->count);
}

/* The range of the last row goes on after it. */
static void
KeepKey(TableCopy *copy)
{
	const CopiedTable *table = copy->table;
	MemoryContext old;
	KeyRange   *range;

	if (copy->range < 0 || table->key == NIL)
		return;
	old = MemoryContextSwitchTo(copy->cxt);
	range = list_nth(table->ranges, copy->range);
	list_free_deep(range->after);
	range->after = NIL;
	for (int i = 0; i < list_length(table->key); i++)
	{
		const OutputValue *value = &copy->row.values[table->key_at[i]];

		range->after = lappend(range->after, pnstrdup(value->text, value->len));
	}
	MemoryContextSwitchTo(old);
}

static void
TakeRow(TableCopy *copy, int range, const char *message, size_t len)
{
	if (range != copy->range)
		KeepKey(copy);
	copy->range = range;
	ReadRow(copy, message, len);
	ChangeRowsTakeRow(copy->rows, &copy->row);
	copy->count++;
}

static void
LeaveRange(TableCopy *copy, int range)
{
	copy->table->ended[range] = true;
	if (range == copy->range)
		copy->range = -1;
}

void
TableCopyTake(TableCopy *copy, char kind, const char *message, size_t len)
{
	if (kind == NEXT_TABLE)
		EnterTable(copy, message);
	else if (kind == RANGE_ENDED)
		LeaveRange(copy, message[0]);
	else
		TakeRow(copy, kind - FIRST_RANGE, message, len);
}

/* Of the table, what has not been handed out. */
static List *
RangesLeft(const TableCopy *copy)
{
	List	   *left = NIL;
	ListCell   *lc;

	foreach(lc, copy->table->ranges)
		if (!copy->table->ended[foreach_current_index(lc)])
			left = lappend(left, lfirst(lc));
	return left;
}

bool
TableCopyMayPause(const TableCopy *copy)
{
	return copy->table != NULL && (copy->table->key != NIL || RangesLeft(copy) == NIL);
}

StreamPosition
TableCopyPosition(TableCopy *copy)
{
	StreamPosition position = copy->start;

	position.is_loading = true;
	if (copy->table == NULL)
		return position;
	KeepKey(copy);
	position.table = SourceOf(copy, copy->table->number)->pipeline;
	position.ranges = RangesLeft(copy);
	position.count = copy->count;
	return position;
}
