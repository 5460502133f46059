/*
 * event.c
 *	  Make the rows of an event.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/base64.h"
#include "decode/event.h"
#include "decode/unknown_track.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* Members under which the tree of paths has the values of the row and the rest of the event. */
#define ROW_NAME "row"
#define EVENT_NAME "event"

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

/* ---- columns ---- */

static char *
PathBelow(const char *place, const char *path)
{
	return psprintf("%s%s%s", place, path[0] == '[' || path[0] == '\0' || path[0] == '.' ? "" : ".", path);
}

static void
RefuseZip(const DecodeSpec *spec, const DecodeColumn *column)
{
	if (column->path == NULL || strstr(column->path, "[*]") == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("path \"%s\" of column \"%s\" cannot end in [*] because the records are events",
					column->path, NameStr(TupleDescAttr(spec->desc, column->attnum - 1)->attname)),
			 errhint("Use a column of an array type or of type jsonb.")));
}

static const char *
PathInEvent(const DecodeSpec *spec, const DecodeColumn *column)
{
	if (column->path == NULL)
		return PathBelow(ROW_NAME,
						 PathStepText(NameStr(TupleDescAttr(spec->desc, column->attnum - 1)->attname)));
	if (column->path[0] == '$')
		return PathBelow(EVENT_NAME, column->path + 1);
	return PathBelow(ROW_NAME, column->path);
}

static bool
IsRead(const DecodeColumn *column)
{
	return !column->is_param && !column->is_line && !column->is_list && !column->is_arrival &&
		!column->is_key && !column->is_index;
}

DecodeSpec *
EventColumns(const DecodeSpec *spec)
{
	DecodeSpec *columns = palloc(sizeof(DecodeSpec));

	*columns = *spec;
	columns->ncolumns = 0;
	columns->columns = palloc(sizeof(DecodeColumn) * Max(spec->ncolumns, 1));
	for (int i = 0; i < spec->ncolumns; i++)
	{
		DecodeColumn *column = &columns->columns[columns->ncolumns];

		*column = spec->columns[i];
		if (column->role != EVENT_VALUE)
			continue;
		columns->ncolumns++;
		if (!IsRead(column))
			continue;
		RefuseZip(spec, column);
		if (column->path == NULL || column->path[0] != '$')
			column->connect = ConnectColumnCreate(TupleDescAttr(spec->desc, column->attnum - 1), column);
		column->path = PathInEvent(spec, column);
	}
	return columns;
}

static void
AddRole(EventReader *e, const DecodeSpec *spec, const DecodeColumn *column)
{
	Form_pg_attribute att = TupleDescAttr(spec->desc, column->attnum - 1);
	EventRoleColumn *role = &e->roles[e->nroles++];

	role->role = column->role;
	role->column = pstrdup(NameStr(att->attname));
	role->attindex = column->attnum - 1;
	role->type = att->atttypid;
}

/* Only a value that the row itself has can be found before and after. */
static void
AddKey(EventReader *e, const Decoder *d, const PathColumn *c)
{
	const PathStep *step = &c->path->steps[d->tree->nsteps + 1];

	if (c->path->nsteps != d->tree->nsteps + 2 || step->type != STEP_MEMBER)
		return;
	e->keys[e->nkeys].name = step->name;
	e->keys[e->nkeys++].len = step->name_len;
}

static bool
Identifies(const DecodeSpec *spec, const PathColumn *c)
{
	for (int i = 0; i < spec->ncolumns; i++)
		if (spec->columns[i].attnum == c->converter.attindex + 1)
			return spec->columns[i].identifies;
	return false;
}

/* Values of the row are read as the events' writer writes them. */
static void
AddRowColumn(EventReader *e, const DecodeSpec *spec, Decoder *d, PathColumn *c)
{
	c->connect->events = e;
	c->direct = false;
	c->node->only = NULL;
	c->node->wants_json = true;
	if (Identifies(spec, c))
		AddKey(e, d, c);
}

static void
AddUnsent(EventReader *e, JsonToken token, char *text)
{
	e->unsent[e->nunsent++] = (JsonValue) {token, false, text, strlen(text)};
}

/* The text as it is, as bytes, as the only element of a list, and as the only entry of a map. */
static void
AddUnsentForms(EventReader *e, const char *text)
{
	int			len = (int) strlen(text);
	char	   *hex = palloc0(2 * len + 1);
	int			size = pg_b64_enc_len(len);
	char	   *base64 = palloc0(size + 1);

	hex_encode(text, len, hex);
	(void) pg_b64_encode((const void *) text, len, base64, size);
	AddUnsent(e, JSON_STRING, psprintf("\"%s\"", text));
	AddUnsent(e, JSON_STRING, psprintf("\"%s\"", hex));
	AddUnsent(e, JSON_STRING, psprintf("\"%s\"", base64));
	AddUnsent(e, JSON_ARRAY_START, psprintf("[\"%s\"]", text));
	AddUnsent(e, JSON_OBJECT_START, psprintf("{\"%s\":\"%s\"}", text, text));
}

EventReader *
EventReaderCreate(const DecodeSpec *spec, Decoder *d)
{
	EventReader *e = palloc0(sizeof(EventReader));
	PathNode   *root = d->tree->roots[d->tree->nsteps];

	e->spec = spec->envelope;
	e->cxt = d->cxt;
	e->reader = JsonReaderCreate(d->record_memory, d->max_depth);
	e->row = root == NULL ? NULL : PathNodeSearch(root, ROW_NAME, strlen(ROW_NAME));
	e->event = root == NULL ? NULL : PathNodeSearch(root, EVENT_NAME, strlen(EVENT_NAME));
	e->roles = palloc0(sizeof(EventRoleColumn) * Max(spec->ncolumns, 1));
	e->keys = palloc0(sizeof(EventKeyColumn) * Max(spec->ncolumns, 1));
	e->structs = JsonReaderCreate(d->record_memory, d->max_depth);
	initStringInfo(&e->text);
	AddUnsentForms(e, e->spec->unsent);
	for (int i = 0; i < spec->ncolumns; i++)
		if (spec->columns[i].role != EVENT_VALUE)
			AddRole(e, spec, &spec->columns[i]);
	for (int i = 0; i < d->tree->ncolumns; i++)
		if (d->tree->columns[i].connect != NULL)
			AddRowColumn(e, spec, d, &d->tree->columns[i]);
	return e;
}

PathNode *
EventRowNode(const EventReader *e)
{
	return e->row;
}

const JsonValue *
EventRowValue(const EventReader *e)
{
	return e->nrows > 0 ? e->rows[e->nrows - 1].values[0] : NULL;
}

void
EventMarkPresent(const EventReader *e, bool *present)
{
	for (int i = 0; i < e->nroles; i++)
		present[e->roles[i].attindex] = true;
}

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
TakeTruncate(Decoder *d, const EventReader *e)
{
	size_t		len;
	const char *table = EventText(e, EVENT_TABLE, &len);

	if (e->spec->ignores_truncate)
		return true;
	return FailEvent(d, psprintf("table \"%.*s\" was truncated", table == NULL ? 0 : (int) len,
								 table == NULL ? "" : table),
					 "To keep the rows that have landed, set option on_truncate 'ignore' of the foreign "
					 "table.");
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
	else if (e->has_value && IsOfTable(e))
	{
		EventTakeSchema(d, e);
		if (!TakeOperation(d, e))
			return false;
	}
	d->zip_row = 0;
	d->zip_len = e->nrows > 0 ? 1 : 0;
	return true;
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
