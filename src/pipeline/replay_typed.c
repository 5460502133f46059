/*
 * replay_typed.c
 *	  Read the typed rows of a replay, many at once: in the form in which they were written, the
 *	  others by SQL.
 */
#include "base/compat.h"
#include "pipeline/replay_typed.h"

#include "base/attempt.h"
#include "base/item_list.h"
#include "base/row_json_reader.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "lib/stringinfo.h"
#include "load/reject.h"
#include "miscadmin.h"
#include "pipeline/replay_patch.h"
#include "source/computed.h"
#include "utils/builtins.h"
#include "utils/datum.h"

/* A row that was kept as JSON. */
typedef struct TypedRow
{
	Datum	   *values;			/* NULL: it is no such row, or was not read so far */
	bool	   *isnull;
	bool		decoded;		/* it is one before expressions */
	char	   *unknown;		/* a column that it has and the source has not, or NULL */
} TypedRow;

struct TypedRows
{
	const SourceDefinition *source;
	/* of the source, and before expressions */
	TupleDesc	descs[2];
	RowJsonReader *readers[2];	/* NULL: its types have none */
	int			capacity;
	TypedRow   *rows;			/* by place */
};

bool
IsDecodedRow(const ReplayedReject *j)
{
	return RejectFormOf(j->form) == REJECT_DECODED;
}

bool
IsTypedRow(const ReplayedReject *j)
{
	return j->raw != NULL && (RejectFormOf(j->form) == REJECT_ROW || IsDecodedRow(j));
}

TypedRows *
TypedRowsCreate(const SourceDefinition *source, int capacity)
{
	TypedRows  *t = palloc0(sizeof(TypedRows));

	t->source = source;
	t->descs[false] = source->desc;
	t->descs[true] = DecodedRow(source);
	for (int i = 0; i < lengthof(t->descs); i++)
		t->readers[i] = RowJsonReaderCreate(t->descs[i]);
	t->capacity = capacity;
	t->rows = palloc(sizeof(TypedRow) * capacity);
	return t;
}

#define UNKNOWN_COLUMN \
	"(SELECT min(k) FROM json_object_keys(u.j::json) AS k WHERE k <> ALL ($2))"

/* "a integer, b text" of the columns of a row. */
static char *
ColumnDefinitions(TupleDesc desc)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped)
			AppendItem(&list, ", ", "%s %s", quote_identifier(NameStr(att->attname)),
					   format_type_extended(att->atttypid, att->atttypmod,
											FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
	}
	return list.data;
}

static char *
RowsQuery(TupleDesc desc)
{
	return psprintf("SELECT u.n, " UNKNOWN_COLUMN ", r.*\n"
					"FROM unnest($1) WITH ORDINALITY AS u(j, n),\n"
					"\tjson_to_record(u.j::json) AS r(%s) ORDER BY u.n",
					ColumnDefinitions(desc));
}

static void
MakeRow(TypedRow *row, const TypedRows *t, bool decoded)
{
	int			natts = t->descs[decoded]->natts;

	row->values = palloc0(sizeof(Datum) * Max(natts, 1));
	row->isnull = palloc(sizeof(bool) * Max(natts, 1));
	memset(row->isnull, true, natts);
	row->decoded = decoded;
	row->unknown = NULL;
}

/* Columns behind number and unknown column are the live ones in their order. */
static TypedRow
RowOfResult(Sql *q, uint64 at, const TypedRows *t, bool decoded)
{
	TupleDesc	desc = t->descs[decoded];
	TypedRow	row;
	int			column = 2;

	MakeRow(&row, t, decoded);
	row.unknown = SqlText(q, at, 2);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Datum		value;

		if (att->attisdropped)
			continue;
		value = SqlDatum(q, at, ++column, &row.isnull[i]);
		if (!row.isnull[i])
			row.values[i] = datumCopy(value, att->attbyval, att->attlen);
	}
	return row;
}

/* What is to be read at once. */
typedef struct RowsRead
{
	TypedRows  *rows;
	List	   *texts;
	List	   *places;			/* int, of each */
	bool		decoded;
	MemoryContext cxt;			/* that values stay in */
} RowsRead;

static void
ReadBySql(void *arg)
{
	RowsRead   *read = arg;
	TypedRows  *t = read->rows;
	MemoryContext old = MemoryContextSwitchTo(read->cxt);
	Sql			q;

	SqlBegin(&q, RowsQuery(t->descs[read->decoded]));
	SqlAddTextArray(&q, read->texts);
	SqlAddTextArray(&q, ColumnNamesOf(t->source->desc));
	SqlRun(&q, GetUserId());
	for (uint64 i = 0; i < q.processed; i++)
		t->rows[list_nth_int(read->places, i)] = RowOfResult(&q, i, t, read->decoded);
	SqlDone(&q);
	MemoryContextSwitchTo(old);
}

static void
ReadInForm(void *arg)
{
	RowsRead   *read = arg;
	TypedRows  *t = read->rows;
	MemoryContext old = MemoryContextSwitchTo(read->cxt);
	TypedRow	row = {NULL};

	for (int i = 0; i < list_length(read->texts); i++)
	{
		if (row.values == NULL)
			MakeRow(&row, t, read->decoded);
		if (!RowJsonRead(t->readers[read->decoded], list_nth(read->texts, i), row.values,
						 row.isnull))
			continue;
		t->rows[list_nth_int(read->places, i)] = row;
		row.values = NULL;
	}
	MemoryContextSwitchTo(old);
}

/* Rows of this kind that have not been read. */
static RowsRead
RowsToRead(TypedRows *t, List *rejects, bool decoded)
{
	RowsRead	read = {t, NIL, NIL, decoded, CurrentMemoryContext};
	ListCell   *lc;

	foreach(lc, rejects)
	{
		const ReplayedReject *j = lfirst(lc);
		int			at = foreach_current_index(lc);

		if (!IsTypedRow(j) || j->patch != NULL || !j->whole || IsDecodedRow(j) != decoded ||
			TypedRowIsRead(t, at))
			continue;
		read.texts = lappend(read.texts, j->raw);
		read.places = lappend_int(read.places, at);
	}
	return read;
}

static void
TryToRead(TypedRows *t, List *rejects, bool decoded, void (*fn) (void *arg))
{
	RowsRead	read = RowsToRead(t, rejects, decoded);
	ListCell   *lc;

	if (read.texts == NIL || Attempt(fn, &read) == NULL)
		return;
	foreach(lc, read.places)
		t->rows[lfirst_int(lc)].values = NULL;
}

void
TypedRowsRead(TypedRows *t, List *rejects)
{
	memset(t->rows, 0, sizeof(TypedRow) * t->capacity);
	for (int decoded = false; decoded <= true; decoded++)
	{
		if (t->readers[decoded] != NULL)
			TryToRead(t, rejects, decoded, ReadInForm);
		TryToRead(t, rejects, decoded, ReadBySql);
	}
}

void
TypedRowRead(TypedRows *t, const ReplayedReject *j, int at)
{
	RowsRead	read = {t, NIL, NIL, IsDecodedRow(j), CurrentMemoryContext};

	read.texts = list_make1(PatchedRow(j));
	read.places = list_make1_int(at);
	ReadBySql(&read);
}

bool
TypedRowIsRead(const TypedRows *t, int at)
{
	return t->rows[at].values != NULL;
}

const char *
TypedRowUnknown(const TypedRows *t, int at)
{
	return t->rows[at].unknown;
}

void
TypedRowPut(const TypedRows *t, int at, RowBatch *batch, int64 record)
{
	const TypedRow *row = &t->rows[at];
	TupleDesc	desc = t->descs[row->decoded];
	MemoryContext old = MemoryContextSwitchTo(batch->cxt);
	int			to = RowBatchAdd(batch, record);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!row->isnull[i])
			RowBatchPut(batch, to, i + 1, datumCopy(row->values[i], att->attbyval, att->attlen));
	}
	MemoryContextSwitchTo(old);
}
