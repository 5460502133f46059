/*
 * event.c
 *	  Make the rows of an event.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "decode/event.h"
#include "decode/unknown_track.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* What an event reports: first the changes of a row, as in RowChange. */
typedef enum EventOperation
{
	OPERATION_READ,
	OPERATION_INSERT,
	OPERATION_UPDATE,
	OPERATION_DELETE,
	OPERATION_TRUNCATE,
	OPERATION_OTHER,			/* nothing about rows */
	OPERATION_UNKNOWN
} EventOperation;

typedef struct OperationName
{
	const char *name;
	EventOperation operation;
} OperationName;

static const OperationName debezium_operations[] = {
	{"c", OPERATION_INSERT}, {"u", OPERATION_UPDATE}, {"d", OPERATION_DELETE}, {"r", OPERATION_READ},
	{"t", OPERATION_TRUNCATE}, {"m", OPERATION_OTHER}, {NULL, 0}
};

static const OperationName maxwell_operations[] = {
	{"insert", OPERATION_INSERT}, {"update", OPERATION_UPDATE}, {"delete", OPERATION_DELETE},
	{"bootstrap-insert", OPERATION_READ}, {"bootstrap-start", OPERATION_OTHER},
	{"bootstrap-complete", OPERATION_OTHER}, {"table-create", OPERATION_OTHER},
	{"table-alter", OPERATION_OTHER}, {"table-drop", OPERATION_OTHER},
	{"database-create", OPERATION_OTHER}, {"database-alter", OPERATION_OTHER},
	{"database-drop", OPERATION_OTHER}, {NULL, 0}
};

/* ---- operations ---- */

static bool
TextIs(const char *text, size_t len, const char *other)
{
	return text != NULL && len == strlen(other) && memcmp(text, other, len) == 0;
}

/* A flat event may tell of a delete alone. */
static EventOperation
OperationWithoutName(const EventReader *e)
{
	size_t		len;
	const char *deleted = EventText(e, EVENT_DELETED, &len);

	if (e->spec->form != ENVELOPE_DEBEZIUM_FLAT)
		return OPERATION_UNKNOWN;
	return TextIs(deleted, len, "true") ? OPERATION_DELETE : OPERATION_UPDATE;
}

static EventOperation
OperationOf(const EventReader *e)
{
	const OperationName *names = e->spec->form == ENVELOPE_MAXWELL ? maxwell_operations
		: debezium_operations;
	size_t		len;
	const char *text = EventText(e, EVENT_OPERATION, &len);

	if (text == NULL)
		return OperationWithoutName(e);
	for (; names->name != NULL; names++)
		if (TextIs(text, len, names->name))
			return names->operation;
	return OPERATION_UNKNOWN;
}

/* "orders" is one of any schema. */
static bool
IsOfTable(const EventReader *e)
{
	const char *table = e->spec->relation;
	const char *dot = table == NULL ? NULL : strrchr(table, '.');
	size_t		len;
	const char *text;

	if (table == NULL)
		return true;
	text = EventText(e, EVENT_TABLE, &len);
	if (!TextIs(text, len, dot == NULL ? table : dot + 1))
		return false;
	text = EventText(e, EventHas(e, EVENT_TABLE_SCHEMA) ? EVENT_TABLE_SCHEMA : EVENT_DATABASE, &len);
	return dot == NULL || (text != NULL && len == (size_t) (dot - table) && memcmp(text, table, len) == 0);
}

/* ---- keys ---- */

static bool
IsObject(const JsonValue *value)
{
	return value->token == JSON_OBJECT_START;
}

static EventKeyColumn *
FindKey(EventReader *e)
{
	for (int i = 0; i < e->nkeys; i++)
		if (e->keys[i].len == e->reader->len && memcmp(e->keys[i].name, e->reader->text, e->reader->len) == 0)
			return &e->keys[i];
	return NULL;
}

/* Read the columns of the key in a part until all have been seen; returns how many were. */
static int
ReadKeys(EventReader *e, const JsonValue *part)
{
	int			seen = 0;

	for (int i = 0; i < e->nkeys; i++)
		e->keys[i].value.token = JSON_END;
	if (!IsObject(part))
		return 0;
	(void) EventPartBegin(e, part);
	while (seen < e->nkeys && JsonNext(e->reader) == JSON_KEY)
	{
		EventKeyColumn *key = FindKey(e);
		JsonToken	token;

		if (key == NULL)
		{
			(void) JsonSkip(e->reader);
			continue;
		}
		token = JsonNext(e->reader);
		/* the text of a value is that of the part */
		if (token != JSON_OBJECT_START && token != JSON_ARRAY_START)
			key->value = ValueOfToken(e->reader, token);
		if (!SkipValue(e->reader, token))
			break;
		seen++;
	}
	return seen;
}

static bool
ValuesDiffer(const JsonValue *a, const JsonValue *b)
{
	if (a->token == JSON_END || b->token == JSON_END)
		return false;
	return a->token != b->token || a->len != b->len || memcmp(a->text, b->text, a->len) != 0;
}

/* Has the row another key than before? What is not told of the old one has not changed. */
static bool
KeyDiffers(EventReader *e, const JsonValue *before, const JsonValue *after)
{
	JsonValue  *old;
	bool		differs = false;

	if (!IsObject(before) || ReadKeys(e, before) == 0)
		return false;
	old = palloc(sizeof(JsonValue) * e->nkeys);
	for (int i = 0; i < e->nkeys; i++)
		old[i] = e->keys[i].value;
	(void) ReadKeys(e, after);
	for (int i = 0; i < e->nkeys; i++)
		differs |= ValuesDiffer(&old[i], &e->keys[i].value);
	pfree(old);
	return differs;
}

/* ---- what is to be done ---- */

static void
AddRow(EventReader *e, RowChange change, const JsonValue *values, const JsonValue *more)
{
	e->rows[e->nrows++] = (EventRow) {change, {values, more}};
}

static void
RejectEvent(Decoder *d, const char *reason, const char *message)
{
	RejectRecord(d, OriginOfRecord(d), NULL, reason, ERRCODE_BAD_COPY_FILE_FORMAT, message);
}

static void
TakeDelete(Decoder *d, EventReader *e)
{
	const JsonValue *before = &e->fields[EVENT_BEFORE];
	const JsonValue *key = &e->fields[EVENT_KEY];

	/* where the old values are those that have changed, the others are the row's as it is */
	if (e->spec->form != ENVELOPE_DEBEZIUM && IsObject(&e->fields[EVENT_AFTER]))
		AddRow(e, ROW_DELETE, &e->fields[EVENT_AFTER], IsObject(before) ? before : NULL);
	else if (IsObject(before) && (e->nkeys == 0 || ReadKeys(e, before) == e->nkeys || !IsObject(key)))
		AddRow(e, ROW_DELETE, before, NULL);
	else if (IsObject(key))
		AddRow(e, ROW_DELETE, key, NULL);
	else
		RejectEvent(d, "no_key",
					"event of a delete has neither \"before\" nor a key: let the events be written with "
					"their keys, or set REPLICA IDENTITY of the table");
}

static void
TakeChange(Decoder *d, EventReader *e, RowChange change)
{
	const JsonValue *before = &e->fields[EVENT_BEFORE];
	const JsonValue *after = &e->fields[EVENT_AFTER];

	if (!IsObject(after))
	{
		size_t		len;
		const char *text = EventText(e, EVENT_OPERATION, &len);

		RejectEvent(d, "no_row", psprintf("event of operation \"%.*s\" has no \"%s\"", (int) len, text,
										  e->spec->form == ENVELOPE_MAXWELL ? "data" : "after"));
	}
	else if (change != ROW_UPDATE || !KeyDiffers(e, before, after))
		AddRow(e, change, after, NULL);
	else
	{
		AddRow(e, ROW_DELETE, e->spec->form == ENVELOPE_MAXWELL ? after : before,
			   e->spec->form == ENVELOPE_MAXWELL ? before : NULL);
		AddRow(e, ROW_INSERT, after, NULL);
	}
}

static void
RejectUnknown(Decoder *d, const EventReader *e)
{
	size_t		len;
	const char *text = EventText(e, EVENT_OPERATION, &len);
	const char *member = e->spec->form == ENVELOPE_MAXWELL ? "type" : "op";

	if (text == NULL)
		RejectEvent(d, "no_op", psprintf("record is no event: it has no \"%s\"", member));
	else
		RejectEvent(d, "unknown_op", psprintf("unknown operation \"%.*s\"", (int) Min(len, 100), text));
}

/* What the truncated table had is unknown here, so nothing that follows is right. */
static bool
TakeTruncate(Decoder *d, EventReader *e)
{
	size_t		len;
	const char *table = EventText(e, EVENT_TABLE, &len);

	if (e->spec->on_truncate == TRUNCATE_IGNORE)
	{
		e->passed[PASSED_TRUNCATE]++;
		return true;
	}
	if (e->spec->on_truncate == TRUNCATE_APPLY)
	{
		AddRow(e, ROW_TRUNCATE, NULL, NULL);
		return true;
	}
	return FailEvent(d, psprintf("table \"%.*s\" was truncated", table == NULL ? 0 : (int) len,
								 table == NULL ? "" : table),
					 "To delete the rows that have landed, set option on_truncate 'apply' of the foreign "
					 "table; to keep them, on_truncate 'ignore'.");
}

static bool
TakeOperation(Decoder *d, EventReader *e)
{
	EventOperation operation = OperationOf(e);

	switch (operation)
	{
		case OPERATION_DELETE:
			TakeDelete(d, e);
			return true;
		case OPERATION_TRUNCATE:
			return TakeTruncate(d, e);
		case OPERATION_OTHER:
			e->passed[PASSED_MESSAGE]++;
			return true;
		case OPERATION_UNKNOWN:
			RejectUnknown(d, e);
			return true;
		default:
			TakeChange(d, e, (RowChange) operation);
			return true;
	}
}

bool
TakeEvent(Decoder *d)
{
	EventReader *e = d->events;

	e->nrows = 0;
	if (d->token != JSON_OBJECT_START && d->token != JSON_NULL)
		RejectEvent(d, "no_op", "record is no event: it is no object");
	else if (!e->has_value)
		e->passed[PASSED_TOMBSTONE]++;
	else if (!IsOfTable(e))
		e->passed[PASSED_OTHER_TABLE]++;
	else
	{
		EventTakeSchema(d, e);
		if (!TakeOperation(d, e))
			return false;
	}
	d->zip_row = 0;
	d->zip_len = e->nrows > 0 ? 1 : 0;
	return true;
}

char *
EventPassedText(const EventReader *e)
{
	static const char *const names[][2] = {
		[PASSED_TOMBSTONE] = {"tombstone", "tombstones"},
		[PASSED_OTHER_TABLE] = {"event of another table", "events of other tables"},
		[PASSED_MESSAGE] = {"message", "messages"},
		[PASSED_TRUNCATE] = {"truncation", "truncations"},
	};
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < PASSED_KINDS; i++)
		if (e->passed[i] > 0)
			appendStringInfo(&text, "%s" INT64_FORMAT " %s", text.len > 0 ? ", " : "", e->passed[i],
							 names[i][e->passed[i] > 1]);
	return text.len > 0 ? text.data : NULL;
}

/* ---- rows ---- */

static bool
ReadPart(Decoder *d, PathNode *node, const JsonValue *part, uint64 stamp)
{
	JsonReader *outer = d->reader;
	bool		done;

	if (node == NULL || part == NULL)
		return true;
	node->stamp = stamp;
	d->reader = d->events->reader;
	done = ReadNode(d, node, stamp, EventPartBegin(d->events, part));
	d->reader = outer;
	return done;
}

static void
PutUnsent(Decoder *d, const EventRoleColumn *column)
{
	const RowBatch *batch = d->batch;
	Datum	   *names = palloc(sizeof(Datum) * Max(batch->nunsent, 1));
	int			first = batch->nunsent;
	int			n = 0;

	while (first > 0 && batch->unsent[first - 1].row == d->row)
		first--;
	for (int i = first; i < batch->nunsent; i++)
		names[n++] = CStringGetTextDatum(NameStr(TupleDescAttr(batch->desc,
															   batch->unsent[i].attindex)->attname));
	RowBatchPut(d->batch, d->row, column->attindex + 1,
				PointerGetDatum(construct_array(names, n, TEXTOID, -1, false, TYPALIGN_INT)));
}

static const char *
PutRoles(Decoder *d, EventReader *e, const EventRow *row, const char **column)
{
	for (int i = 0; i < e->nroles; i++)
		if (e->roles[i].role == EVENT_UNSENT)
			PutUnsent(d, &e->roles[i]);
	return EventPutRoles(d, e, row, column);
}

/* False: it is a reject. */
static bool
MakeEventRow(Decoder *d, EventReader *e, const EventRow *row)
{
	uint64		stamp = ++d->stamp;
	int			unsent = d->batch->nunsent;
	const char *column = NULL;
	const char *problem;
	PathColumn *refused;

	e->at_hand = row;
	StartRow(d);
	if (!ReadPart(d, e->row, row->values[0], stamp) || !ReadPart(d, e->row, row->values[1], stamp) ||
		!ReadPart(d, e->event, &e->fields[EVENT_PAYLOAD], stamp))
	{
		if (!d->failed)
			FailMemory(d);
		return false;
	}
	problem = PutRoles(d, e, row, &column);
	refused = RefusedColumn(d);
	if (refused == NULL && problem == NULL)
	{
		FinishRow(d, OriginOfRecord);
		return true;
	}
	if (refused != NULL)
		RejectColumn(d, OriginOfRecord(d), refused);
	else
		RejectRecord(d, OriginOfRecord(d), column, "type", ERRCODE_DATATYPE_MISMATCH, problem);
	d->batch->nunsent = unsent;
	return false;
}

/*
 * Values that were not sent are those of the row with the old key. Both rows are in one batch, so that
 * it is at hand.
 */
void
MakeEventRows(Decoder *d)
{
	EventReader *e = d->events;

	for (int i = 0; i < e->nrows && !d->failed; i++)
	{
		bool		made;

		if (i > 0 && !BatchExtend(d->batch, d->record_memory))
		{
			FailMemory(d);
			return;
		}
		if (i == 0)
			e->key_row = e->rows[i].change == ROW_UPDATE ? d->batch->nrows : -1;
		made = MakeEventRow(d, e, &e->rows[i]);
		d->batch->truncates |= made && e->rows[i].change == ROW_TRUNCATE;
		e->key_row = made ? d->batch->nrows - 1 : -1;
	}
	if (unlikely(d->unknown_is_fresh))
		UnknownKeepRecord(d);
}

void
EventNoteUnsent(Decoder *d, const PathColumn *c)
{
	EventReader *e = d->events;

	/* of a deleted row nothing but the key is needed */
	if (e->at_hand->change != ROW_DELETE)
		BatchNoteUnsent(d->batch, c->converter.attindex, e->key_row);
}
