/*
 * event_schema.c
 *	  Keep the schema that events come with, and give its types to the columns.
 */
#include "postgres.h"

#include "decode/event.h"
#include "utils/memutils.h"

/* ---- types ---- */

/* The struct of the row's values within that of the event. */
static const ConnectField *
RowSchema(const ConnectField *schema)
{
	static const char *const places[] = {"after", "before"};

	for (int i = 0; i < lengthof(places); i++)
	{
		const ConnectField *row = ConnectFieldFind(schema, places[i], strlen(places[i]));

		if (row != NULL && row->fields != NIL)
			return row;
	}
	return schema;
}

/* Of a value within another one no type is known. */
static const ConnectField *
FieldOf(const ConnectField *row, const Decoder *d, const PathColumn *c)
{
	const PathStep *step = EventRowMember(d, c);

	return step == NULL ? NULL : ConnectFieldFind(row, step->name, step->name_len);
}

static void
SetTypes(Decoder *d, EventReader *e, const ConnectField *schema)
{
	const ConnectField *row = schema == NULL ? NULL : RowSchema(schema);

	for (int i = 0; i < d->tree->ncolumns; i++)
	{
		PathColumn *c = &d->tree->columns[i];
		const ConnectField *field;

		if (c->connect == NULL)
			continue;
		field = FieldOf(row, d, c);
		c->connect->type = field == NULL || c->connect->is_declared ?
			c->connect->absent : field->type;
	}
}

/* ---- schemas ---- */

/* The text is kept, for the next event is likely to have the same. */
static void
Learn(EventReader *e, KnownSchema *known, const JsonValue *value)
{
	MemoryContext old;
	JsonToken	token;

	if (known->cxt == NULL)
		known->cxt = AllocSetContextCreate(e->cxt, "elt schema", ALLOCSET_SMALL_SIZES);
	MemoryContextReset(known->cxt);
	known->text = NULL;
	known->schema = NULL;
	old = MemoryContextSwitchTo(known->cxt);
	token = EventPartBegin(e, value);
	known->schema = ConnectSchemaRead(e->reader, token);
	if (memchr(value->text, '\n', value->len) == NULL)
	{
		known->len = value->len;
		known->text = MemoryContextAllocHuge(known->cxt, value->len);
		memcpy(known->text, value->text, value->len);
	}
	MemoryContextSwitchTo(old);
}

static bool
IsKnown(const KnownSchema *known, const JsonValue *value)
{
	return known->is_at_hand || (known->text != NULL && known->len == value->len &&
								 memcmp(known->text, value->text, value->len) == 0);
}

/* The schema that came with the event; NULL: none did. */
static const ConnectField *
SchemaOf(Decoder *d, EventReader *e, KnownSchema *known, EventField field)
{
	const JsonValue *value = &e->fields[field];

	if (value->token != JSON_OBJECT_START)
		return NULL;
	if (!IsKnown(known, value))
	{
		e->schema = NULL;
		SetTypes(d, e, NULL);
		Learn(e, known, value);
	}
	return known->schema;
}

void
EventTakeSchema(Decoder *d, EventReader *e)
{
	const ConnectField *schema = SchemaOf(d, e, &e->known, EVENT_SCHEMA);

	if (schema == NULL)
		schema = SchemaOf(d, e, &e->known_key, EVENT_KEY_SCHEMA);
	if (schema == e->schema)
		return;
	e->schema = schema;
	SetTypes(d, e, schema);
}
