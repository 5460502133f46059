/*
 * event_part.c
 *	  Find the parts of an event in its record.
 *
 * The record is read once, and of each part that matters its place is noted; the text of the record
 * stays until the next one is read.
 */
#include "postgres.h"

#include "decode/convert_number.h"
#include "decode/event.h"
#include "decode/json_string.h"

/* Levels at which a name means something. */
#define AT_RECORD 1				/* the record, or what it wraps */
#define AT_SOURCE 2				/* the description of where the change was made */
#define AT_FLAT 4				/* a row, whose names for that begin with "__" */
#define AT_MAXWELL 8

typedef struct FieldName
{
	int			levels;
	EventField	field;
	const char *name;
	size_t		len;
} FieldName;

#define NAMED(levels, field, name) {levels, field, name, sizeof(name) - 1}

static const FieldName field_names[] = {
	NAMED(AT_RECORD, EVENT_BEFORE, "before"),
	NAMED(AT_RECORD, EVENT_AFTER, "after"),
	NAMED(AT_RECORD | AT_FLAT, EVENT_OPERATION, "op"),
	NAMED(AT_RECORD | AT_MAXWELL, EVENT_KEY, "key"),
	NAMED(AT_RECORD | AT_MAXWELL, EVENT_SCHEMA, "schema"),
	NAMED(AT_RECORD, EVENT_SENT_MILLIS, "ts_ms"),
	NAMED(AT_FLAT, EVENT_DELETED, "deleted"),

	NAMED(AT_SOURCE | AT_FLAT, EVENT_LOG_LSN, "lsn"),
	NAMED(AT_SOURCE | AT_FLAT, EVENT_MILLIS, "ts_ms"),
	NAMED(AT_SOURCE | AT_FLAT, EVENT_MICROS, "ts_us"),
	NAMED(AT_SOURCE | AT_FLAT, EVENT_TXID, "txId"),
	NAMED(AT_SOURCE | AT_FLAT, EVENT_TABLE, "table"),
	NAMED(AT_SOURCE | AT_FLAT, EVENT_TABLE_SCHEMA, "schema"),
	NAMED(AT_SOURCE | AT_FLAT, EVENT_DATABASE, "db"),
	NAMED(AT_SOURCE | AT_FLAT, EVENT_LOG_FILE, "file"),
	NAMED(AT_SOURCE | AT_FLAT, EVENT_LOG_POS, "pos"),
	NAMED(AT_SOURCE | AT_FLAT, EVENT_LOG_ROW, "row"),
	NAMED(AT_SOURCE | AT_FLAT, EVENT_SCN, "scn"),
	NAMED(AT_SOURCE | AT_FLAT, EVENT_SSN, "ssn"),
	NAMED(AT_SOURCE | AT_FLAT, EVENT_COMMIT_LSN, "commit_lsn"),
	NAMED(AT_SOURCE | AT_FLAT, EVENT_CHANGE_LSN, "change_lsn"),
	NAMED(AT_SOURCE | AT_FLAT, EVENT_SERIAL, "event_serial_no"),
	NAMED(AT_SOURCE | AT_FLAT, EVENT_ORDINAL, "ord"),

	NAMED(AT_MAXWELL, EVENT_AFTER, "data"),
	NAMED(AT_MAXWELL, EVENT_BEFORE, "old"),
	NAMED(AT_MAXWELL, EVENT_OPERATION, "type"),
	NAMED(AT_MAXWELL, EVENT_DATABASE, "database"),
	NAMED(AT_MAXWELL, EVENT_TABLE, "table"),
	NAMED(AT_MAXWELL, EVENT_SECONDS, "ts"),
	NAMED(AT_MAXWELL, EVENT_TXID, "xid"),
	NAMED(AT_MAXWELL, EVENT_LOG_PLACE, "position"),
	NAMED(AT_MAXWELL, EVENT_LOG_OFFSET, "xoffset"),
};

static bool ReadValue(Decoder *d, EventReader *e, int level, int64 mark);

static const FieldName *
FindName(int level, const char *name, size_t len)
{
	for (int i = 0; i < lengthof(field_names); i++)
	{
		const FieldName *field = &field_names[i];

		if (field->len == len && (field->levels & level) != 0 && memcmp(field->name, name, len) == 0)
			return field;
	}
	return NULL;
}

/* The same, of the member that was read last. */
static const FieldName *
FieldOfMember(EventReader *e, int level, const char *name, size_t len)
{
	LearnedName *learned;

	if (e->nmembers == EVENT_LEARNED)
		return FindName(level, name, len);
	learned = &e->learned[e->nmembers++];
	if (learned->len == len && learned->level == level && memcmp(learned->name, name, len) == 0)
		return learned->field;
	learned->len = 0;
	if (len >= EVENT_LEARNED_LEN)
		return FindName(level, name, len);
	memcpy(learned->name, name, len);
	learned->len = len;
	learned->level = level;
	learned->field = FindName(level, name, len);
	return learned->field;
}

static inline bool
NameIs(const char *name, size_t len, const char *other)
{
	return len == strlen(other) && memcmp(name, other, len) == 0;
}

/* ---- one value ---- */

/* Note where the value is whose first token was just read, and read past it. */
static bool
TakeField(Decoder *d, EventReader *e, EventField field, JsonToken token, int64 mark)
{
	JsonValue  *value = &e->fields[field];
	int64		offset = JsonTokenOffset(d->reader);

	if (token == JSON_ERROR)
		return false;
	value->token = token;
	value->escaped = token == JSON_STRING && d->reader->escaped;
	if ((token == JSON_OBJECT_START || token == JSON_ARRAY_START) &&
		JsonSkipRest(d->reader) == JSON_ERROR)
		return false;
	value->len = JsonOffset(d->reader) - offset;
	if (token != JSON_OBJECT_START && token != JSON_ARRAY_START)
		value->len = d->reader->len + (token == JSON_STRING ? 2 : 0);
	e->offsets[field] = offset - mark;
	return true;
}

/* The schema of a value or of a key, which is mostly that of the one before. */
static bool
TakeSchema(Decoder *d, EventReader *e, EventField field, int64 mark)
{
	KnownSchema *known = field == EVENT_SCHEMA ? &e->known : &e->known_key;
	JsonValue  *value = &e->fields[field];
	int64		end;

	known->is_at_hand = false;
	if (known->text == NULL || !JsonSkipText(d->reader, known->text, known->len))
		return TakeField(d, e, field, JsonNext(d->reader), mark);
	end = JsonOffset(d->reader);
	known->is_at_hand = true;
	value->token = JSON_OBJECT_START;
	value->len = known->len;
	e->offsets[field] = end - known->len - mark;
	return true;
}

/* ---- objects ---- */

static bool
SkipToken(Decoder *d, JsonToken token)
{
	return SkipValue(d->reader, token);
}

/* Only the names of where the change was made; the first token was just read. */
static bool
ReadSource(Decoder *d, EventReader *e, JsonToken token, int64 mark)
{
	if (token != JSON_OBJECT_START)
		return SkipToken(d, token);
	while ((token = JsonNext(d->reader)) == JSON_KEY)
	{
		const FieldName *name = FieldOfMember(e, AT_SOURCE, d->reader->text, d->reader->len);
		bool		done = name == NULL ? JsonSkip(d->reader) != JSON_ERROR
			: TakeField(d, e, name->field, JsonNext(d->reader), mark);

		if (!done)
			return false;
	}
	return token == JSON_OBJECT_END;
}

/* Of a key in {"schema": ..., "payload": ...} the latter. */
static bool
ReadKey(Decoder *d, EventReader *e, int64 mark)
{
	JsonToken	token = JsonNext(d->reader);
	int64		offset = JsonTokenOffset(d->reader) - mark;
	JsonValue	whole = {token};

	if (token != JSON_OBJECT_START)
		return TakeField(d, e, EVENT_KEY, token, mark);
	while ((token = JsonNext(d->reader)) == JSON_KEY)
	{
		bool		done;

		if (NameIs(d->reader->text, d->reader->len, "schema"))
			done = TakeSchema(d, e, EVENT_KEY_SCHEMA, mark);
		else if (NameIs(d->reader->text, d->reader->len, "payload"))
			done = TakeField(d, e, EVENT_KEY, JsonNext(d->reader), mark);
		else
			done = JsonSkip(d->reader) != JSON_ERROR;
		if (!done)
			return false;
	}
	if (e->fields[EVENT_KEY].token == JSON_END)
	{
		whole.len = JsonOffset(d->reader) - mark - offset;
		e->fields[EVENT_KEY] = whole;
		e->offsets[EVENT_KEY] = offset;
	}
	return token == JSON_OBJECT_END;
}

/* Does the member hold the event? Columns of a flat one may have these names. */
static bool
IsWrapper(const EventReader *e, const char *name, size_t len)
{
	JsonToken	schema = e->fields[EVENT_SCHEMA].token;

	if (NameIs(name, len, "payload"))
		return e->spec->form != ENVELOPE_DEBEZIUM_FLAT || schema == JSON_OBJECT_START ||
			schema == JSON_NULL;
	return NameIs(name, len, "value") && e->spec->form != ENVELOPE_DEBEZIUM_FLAT;
}

static bool
ReadMember(Decoder *d, EventReader *e, int level, int64 mark)
{
	const char *text = d->reader->text;
	size_t		len = d->reader->len;
	const FieldName *name;

	if ((level & (AT_RECORD | AT_MAXWELL)) != 0 && IsWrapper(e, text, len))
	{
		e->is_wrapped = true;
		return ReadValue(d, e, level, mark);
	}
	if (level == AT_RECORD && NameIs(text, len, "source"))
		return ReadSource(d, e, JsonNext(d->reader), mark);
	name = FieldOfMember(e, level, text, len);
	if (name == NULL)
		return JsonSkip(d->reader) != JSON_ERROR;
	if (name->field == EVENT_KEY)
		return ReadKey(d, e, mark);
	if (name->field == EVENT_SCHEMA)
		return TakeSchema(d, e, EVENT_SCHEMA, mark);
	return TakeField(d, e, name->field, JsonNext(d->reader), mark);
}

/* "__op", "__source_lsn", "__lsn": the name without what it begins with, or NULL. */
static const char *
FlatName(const char *name, size_t *len)
{
	if (*len < 3 || memcmp(name, "__", 2) != 0)
		return NULL;
	name += 2;
	*len -= 2;
	if (*len > 7 && memcmp(name, "source_", 7) == 0)
	{
		name += 7;
		*len -= 7;
	}
	return name;
}

static bool
ReadFlatMember(Decoder *d, EventReader *e, int64 mark)
{
	const char *text = d->reader->text;
	size_t		len = d->reader->len;
	const FieldName *name;

	if (NameIs(text, len, "schema"))
		return TakeSchema(d, e, EVENT_SCHEMA, mark);
	if (IsWrapper(e, text, len))
	{
		e->is_wrapped = true;
		return ReadValue(d, e, AT_FLAT, mark);
	}
	text = FlatName(text, &len);
	name = text == NULL ? NULL : FindName(AT_FLAT, text, len);
	if (name == NULL)
		return JsonSkip(d->reader) != JSON_ERROR;
	return TakeField(d, e, name->field, JsonNext(d->reader), mark);
}

static bool
ReadMembers(Decoder *d, EventReader *e, int level, int64 mark)
{
	JsonToken	token;

	while ((token = JsonNext(d->reader)) == JSON_KEY)
	{
		bool		done = level == AT_FLAT ? ReadFlatMember(d, e, mark)
			: ReadMember(d, e, level, mark);

		if (!done)
			return false;
	}
	return token == JSON_OBJECT_END;
}

/* The event itself, which may be wrapped once more. */
static bool
ReadObject(Decoder *d, EventReader *e, int level, int64 mark)
{
	int64		offset = JsonTokenOffset(d->reader) - mark;
	bool		was_wrapped = e->is_wrapped;

	e->is_wrapped = false;
	if (!ReadMembers(d, e, level, mark))
		return false;
	if (!e->is_wrapped)
	{
		e->has_value = true;
		e->fields[EVENT_PAYLOAD] = (JsonValue) {JSON_OBJECT_START};
		e->fields[EVENT_PAYLOAD].len = JsonOffset(d->reader) - mark - offset;
		e->offsets[EVENT_PAYLOAD] = offset;
	}
	e->is_wrapped |= was_wrapped;
	return true;
}

static bool
ReadValue(Decoder *d, EventReader *e, int level, int64 mark)
{
	JsonToken	token = JsonNext(d->reader);

	if (token == JSON_OBJECT_START)
		return ReadObject(d, e, level, mark);
	return SkipToken(d, token);
}

static int
LevelOf(EnvelopeForm form)
{
	switch (form)
	{
		case ENVELOPE_DEBEZIUM_FLAT:
			return AT_FLAT;
		case ENVELOPE_MAXWELL:
			return AT_MAXWELL;
		default:
			return AT_RECORD;
	}
}

/* Places become texts. */
static void
Resolve(EventReader *e, const char *text)
{
	for (int i = 0; i < EVENT_FIELDS; i++)
		if (e->fields[i].token != JSON_END)
			e->fields[i].text = text + e->offsets[i];
}

bool
EventRead(Decoder *d, EventReader *e)
{
	int64		mark;
	size_t		len;

	for (int i = 0; i < EVENT_FIELDS; i++)
		e->fields[i].token = JSON_END;
	e->is_wrapped = e->has_value = false;
	e->nmembers = 0;
	if (d->token != JSON_OBJECT_START)
		return SkipToken(d, d->token);
	mark = JsonMark(d->reader);
	if (!ReadObject(d, e, LevelOf(e->spec->form), mark))
		return false;
	Resolve(e, JsonMarked(d->reader, mark, &len));
	if (e->spec->form == ENVELOPE_DEBEZIUM_FLAT)
		e->fields[EVENT_AFTER] = e->fields[EVENT_PAYLOAD];
	return true;
}

/* ---- parts alone ---- */

static bool
PartNext(void *state, const char **data, size_t *len)
{
	EventReader *e = state;

	if (e->given)
		return false;
	e->given = true;
	*data = e->part.text;
	*len = e->part.len;
	return true;
}

JsonToken
EventPartBegin(EventReader *e, const JsonValue *part)
{
	e->source.next = PartNext;
	e->source.state = e;
	e->part = *part;
	e->given = false;
	JsonReaderOpen(e->reader, &e->source, JSON_ONE);
	return JsonNext(e->reader);
}

const char *
EventText(const EventReader *e, EventField field, size_t *len)
{
	const JsonValue *value = &e->fields[field];

	*len = value->len;
	if (value->token == JSON_NUMBER || value->token == JSON_TRUE || value->token == JSON_FALSE)
		return value->text;
	if (value->token != JSON_STRING)
		return NULL;
	*len -= 2;
	return value->text + 1;
}

bool
EventNumber(const EventReader *e, EventField field, int64 *number)
{
	size_t		len;
	const char *text = EventText(e, field, &len);

	return text != NULL && TextToInt64(text, len, number);
}
