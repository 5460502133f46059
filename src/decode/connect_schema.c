/*
 * connect_schema.c
 *	  Read a schema of Kafka Connect.
 */
#include "postgres.h"

#include "decode/connect_schema.h"
#include "decode/json_string.h"
#include "miscadmin.h"

#define MILLIS INT64CONST(1000000)
#define MICROS INT64CONST(1000)

#define MAX_SCALE 16000			/* of numeric */

/* Types by their semantic name; all others are plain, or bytes. */
static const ConnectType named_types[] = {
	{CONNECT_DATE, 0, 0, 0, "io.debezium.time.Date"},
	{CONNECT_DATE, 0, 0, 0, "org.apache.kafka.connect.data.Date"},
	{CONNECT_TIMESTAMP, MILLIS, 0, 0, "io.debezium.time.Timestamp"},
	{CONNECT_TIMESTAMP, MILLIS, 0, 0, "org.apache.kafka.connect.data.Timestamp"},
	{CONNECT_TIMESTAMP, MICROS, 0, 0, "io.debezium.time.MicroTimestamp"},
	{CONNECT_TIMESTAMP, 1, 0, 0, "io.debezium.time.NanoTimestamp"},
	{CONNECT_TIME, MILLIS, 0, 0, "io.debezium.time.Time"},
	{CONNECT_TIME, MILLIS, 0, 0, "org.apache.kafka.connect.data.Time"},
	{CONNECT_TIME, MICROS, 0, 0, "io.debezium.time.MicroTime"},
	{CONNECT_TIME, 1, 0, 0, "io.debezium.time.NanoTime"},
	{CONNECT_DURATION, MICROS, 0, 0, "io.debezium.time.MicroDuration"},
	{CONNECT_DURATION, 1, 0, 0, "io.debezium.time.NanoDuration"},
	{CONNECT_YEAR, 0, 0, 0, "io.debezium.time.Year"},
	{CONNECT_DECIMAL, 0, 0, 0, "org.apache.kafka.connect.data.Decimal"},
	{CONNECT_BITS, 0, 0, 0, "io.debezium.data.Bits"},
};

/* What was read of a field. */
typedef struct SchemaText
{
	ConnectField *field;
	const char *type;			/* or NULL */
	const char *name;
	int			scale;
	int			length;
	ConnectField *items;		/* of an array; or the values of a map */
} SchemaText;

/* The string or key just read. */
static char *
TextOfToken(const JsonReader *reader)
{
	char	   *text = palloc(reader->len + 1);
	size_t		len;

	if (!JsonUnescape(reader->text, reader->len, text, &len))
		len = 0;
	text[len] = '\0';
	return text;
}

static bool
KeyIs(const JsonReader *reader, const char *name)
{
	return reader->len == strlen(name) && memcmp(reader->text, name, reader->len) == 0;
}

/* Of a value that is a number, or a string with one; 0: it is none in range. */
static bool
ReadCount(JsonReader *reader, int *count)
{
	JsonToken	token = JsonNext(reader);

	if (token == JSON_OBJECT_START || token == JSON_ARRAY_START)
		return JsonSkipRest(reader) != JSON_ERROR;
	if (token == JSON_STRING || token == JSON_NUMBER)
	{
		long		number = strtol(TextOfToken(reader), NULL, 10);

		*count = number >= -MAX_SCALE && number <= MAX_SCALE ? (int) number : 0;
	}
	return token != JSON_ERROR;
}

static bool
ReadText(JsonReader *reader, const char **text)
{
	JsonToken	token = JsonNext(reader);

	if (token == JSON_OBJECT_START || token == JSON_ARRAY_START)
		return JsonSkipRest(reader) != JSON_ERROR;
	if (token == JSON_STRING)
		*text = TextOfToken(reader);
	return token != JSON_ERROR;
}

static bool
ReadParameters(JsonReader *reader, SchemaText *schema)
{
	JsonToken	token = JsonNext(reader);

	if (token != JSON_OBJECT_START)
		return token == JSON_NULL;
	while ((token = JsonNext(reader)) == JSON_KEY)
	{
		bool		done;

		if (KeyIs(reader, "scale"))
			done = ReadCount(reader, &schema->scale);
		else if (KeyIs(reader, "length"))
			done = ReadCount(reader, &schema->length);
		else
			done = JsonSkip(reader) != JSON_ERROR;
		if (!done)
			return false;
	}
	return token == JSON_OBJECT_END;
}

static bool
ReadFields(JsonReader *reader, ConnectField *parent)
{
	JsonToken	token = JsonNext(reader);

	if (token != JSON_ARRAY_START)
		return token == JSON_NULL;
	while ((token = JsonNext(reader)) == JSON_OBJECT_START)
	{
		ConnectField *field = ConnectSchemaRead(reader, token);

		if (field == NULL)
			return false;
		parent->fields = lappend(parent->fields, field);
	}
	return token == JSON_ARRAY_END;
}

static bool
ReadItems(JsonReader *reader, SchemaText *schema)
{
	schema->items = ConnectSchemaRead(reader, JsonNext(reader));
	return schema->items != NULL;
}

/* The key of a member was just read. */
static bool
ReadMember(JsonReader *reader, SchemaText *schema)
{
	if (KeyIs(reader, "type"))
		return ReadText(reader, &schema->type);
	if (KeyIs(reader, "name"))
		return ReadText(reader, &schema->name);
	if (KeyIs(reader, "field"))
		return ReadText(reader, &schema->field->name);
	if (KeyIs(reader, "parameters"))
		return ReadParameters(reader, schema);
	if (KeyIs(reader, "fields"))
		return ReadFields(reader, schema->field);
	if (KeyIs(reader, "items") || KeyIs(reader, "values"))
		return ReadItems(reader, schema);
	return JsonSkip(reader) != JSON_ERROR;
}

static ConnectType
TypeOf(const SchemaText *schema)
{
	ConnectType type = {CONNECT_PLAIN, .name = schema->name};

	for (int i = 0; schema->name != NULL && i < lengthof(named_types); i++)
		if (strcmp(named_types[i].name, schema->name) == 0)
			type = named_types[i];
	if (type.kind == CONNECT_PLAIN && schema->type != NULL && strcmp(schema->type, "bytes") == 0)
		type.kind = CONNECT_BYTES;
	if (schema->items != NULL && schema->items->type.kind != CONNECT_PLAIN)
		type = (ConnectType) {CONNECT_OTHERS, .name = schema->items->type.name};
	type.scale = schema->scale;
	type.length = schema->length;
	return type;
}

ConnectField *
ConnectSchemaRead(JsonReader *reader, JsonToken token)
{
	ConnectField *field = palloc0(sizeof(ConnectField));
	SchemaText	schema = {field};

	check_stack_depth();
	if (token != JSON_OBJECT_START)
		return NULL;
	while ((token = JsonNext(reader)) == JSON_KEY)
		if (!ReadMember(reader, &schema))
			return NULL;
	field->type = TypeOf(&schema);
	return token == JSON_OBJECT_END ? field : NULL;
}

const ConnectField *
ConnectFieldFind(const ConnectField *parent, const char *name, size_t len)
{
	ListCell   *lc;

	if (parent == NULL)
		return NULL;
	foreach(lc, parent->fields)
	{
		const ConnectField *field = lfirst(lc);

		if (field->name != NULL && strlen(field->name) == len && memcmp(field->name, name, len) == 0)
			return field;
	}
	return NULL;
}
