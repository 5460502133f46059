/*
 * connect_struct.c
 *	  Read values that Debezium sends as an object.
 */
#include "postgres.h"

#include "decode/connect_struct.h"
#include "decode/convert_number.h"
#include "utils/builtins.h"

/* What PostGIS adds to WKB. */
#define HAS_SRID 0x20000000
#define WKB_HEADER 5			/* bytes: order, type */

#define MAX_SCALE 16000

static JsonValue *
MemberOf(ConnectStruct *parts, const char *name, size_t len)
{
	if (len == 5 && memcmp(name, "value", 5) == 0)
		return &parts->value;
	if (len == 3 && memcmp(name, "wkb", 3) == 0)
		return &parts->wkb;
	if (len == 1 && name[0] == 'x')
		return &parts->x;
	if (len == 1 && name[0] == 'y')
		return &parts->y;
	return NULL;
}

/* "scale" or "srid", which may be null. */
static bool
ReadNumber(const JsonReader *reader, JsonToken token, int64 *number)
{
	return token == JSON_NUMBER && TextToInt64(reader->text, reader->len, number);
}

/* The key of a member was just read. False: it is none of such an object. */
static bool
ReadMember(JsonReader *reader, ConnectStruct *parts)
{
	JsonValue  *member = MemberOf(parts, reader->text, reader->len);
	bool		is_scale = reader->len == 5 && memcmp(reader->text, "scale", 5) == 0;
	bool		is_srid = reader->len == 4 && memcmp(reader->text, "srid", 4) == 0;
	JsonToken	token = JsonNext(reader);
	int64		number;

	if (token == JSON_ERROR || token == JSON_OBJECT_START || token == JSON_ARRAY_START)
		return false;
	if (member != NULL)
		*member = ValueOfToken(reader, token);
	else if (is_scale && ReadNumber(reader, token, &number) && number >= -MAX_SCALE && number <= MAX_SCALE)
	{
		parts->has_scale = true;
		parts->scale = (int) number;
	}
	else if (is_srid && ReadNumber(reader, token, &number) && number > PG_INT32_MIN && number <= PG_INT32_MAX)
		parts->srid = (int32) number;
	else
		return is_srid && token == JSON_NULL;
	return true;
}

static bool
ObjectNext(void *state, const char **data, size_t *len)
{
	JsonValue  *left = state;

	*data = left->text;
	*len = left->len;
	left->len = 0;
	return *len > 0;
}

bool
ConnectStructRead(JsonReader *reader, const JsonValue *object, ConnectStruct *parts)
{
	JsonValue	left = *object;
	ByteSource	source = {ObjectNext, .state = &left};
	JsonToken	token;

	memset(parts, 0, sizeof(*parts));
	parts->srid = NO_SRID;
	JsonReaderOpen(reader, &source, JSON_ONE);
	if (JsonNext(reader) != JSON_OBJECT_START)
		return false;
	while ((token = JsonNext(reader)) == JSON_KEY)
		if (!ReadMember(reader, parts))
			return false;
	return token == JSON_OBJECT_END;
}

static void
PutUint32(char *at, uint32 number, bool little)
{
	for (int i = 0; i < 4; i++)
		at[i] = (char) (number >> (little ? 8 * i : 24 - 8 * i));
}

static uint32
Uint32At(const char *at, bool little)
{
	uint32		number = 0;

	for (int i = 0; i < 4; i++)
		number |= (uint32) (uint8) at[i] << (little ? 8 * i : 24 - 8 * i);
	return number;
}

/* WKB whose type says that an SRID follows it. */
static void
AddSrid(StringInfo wkb, int32 srid)
{
	bool		little = wkb->data[0] == 1;
	uint32		type = Uint32At(wkb->data + 1, little);

	if ((type & HAS_SRID) != 0)
		return;
	enlargeStringInfo(wkb, 4);
	memmove(wkb->data + WKB_HEADER + 4, wkb->data + WKB_HEADER, wkb->len - WKB_HEADER);
	PutUint32(wkb->data + 1, type | HAS_SRID, little);
	PutUint32(wkb->data + WKB_HEADER, (uint32) srid, little);
	wkb->len += 4;
}

bool
ConnectAppendGeometry(StringInfo text, StringInfo wkb, int32 srid)
{
	if (wkb->len < WKB_HEADER || (wkb->data[0] != 0 && wkb->data[0] != 1))
		return false;
	if (srid != NO_SRID)
		AddSrid(wkb, srid);
	enlargeStringInfo(text, 2 * wkb->len);
	text->len += (int) hex_encode(wkb->data, wkb->len, text->data + text->len);
	text->data[text->len] = '\0';
	return true;
}
