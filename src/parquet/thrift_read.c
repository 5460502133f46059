/*
 * thrift_read.c
 *	  Read the compact protocol of Thrift from memory.
 */
#include "postgres.h"

#include "parquet/thrift_read.h"

#define MAX_DEPTH 32			/* of what is skipped */

void
ThriftReadBegin(ThriftReader *r, const void *bytes, size_t len)
{
	r->at = bytes;
	r->end = r->at + len;
	r->cut = false;
	r->fault = NULL;
}

void
ThriftFail(ThriftReader *r, const char *fault)
{
	if (r->fault == NULL && !r->cut)
		r->fault = fault;
	r->at = r->end;
}

static void
Cut(ThriftReader *r)
{
	if (r->fault == NULL)
		r->cut = true;
	r->at = r->end;
}

static size_t
Left(const ThriftReader *r)
{
	return r->end - r->at;
}

static int
Byte(ThriftReader *r)
{
	if (r->at == r->end)
	{
		Cut(r);
		return 0;
	}
	return *r->at++;
}

static uint64
Varint(ThriftReader *r)
{
	uint64		value = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		int			byte = Byte(r);

		value |= (uint64) (byte & 0x7F) << shift;
		if ((byte & 0x80) == 0)
			return value;
	}
	ThriftFail(r, "a number is too long");
	return 0;
}

static int64
Zigzag(ThriftReader *r)
{
	uint64		value = Varint(r);

	return (int64) (value >> 1) ^ -(int64) (value & 1);
}

bool
ThriftReadField(ThriftReader *r, ThriftField *field)
{
	int			byte = Byte(r);
	int64		id;

	if (ThriftFailed(r) || byte == THRIFT_STOP)
		return false;
	field->type = byte & 0x0F;
	id = (byte >> 4) != 0 ? field->id + (byte >> 4) : Zigzag(r);
	if (id < 0 || id > 32767 || field->type == THRIFT_STOP || field->type > THRIFT_UUID)
		ThriftFail(r, "a field has an invalid number or type");
	field->id = (int) id;
	return !ThriftFailed(r);
}

static bool
HasType(ThriftReader *r, const ThriftField *field, ThriftType type)
{
	if (field->type != type)
		ThriftFail(r, "a field has another type than it should have");
	return !ThriftFailed(r);
}

bool
ThriftReadBool(ThriftReader *r, const ThriftField *field)
{
	if (field->type != THRIFT_TRUE && !HasType(r, field, THRIFT_FALSE))
		return false;
	return field->type == THRIFT_TRUE;
}

int64
ThriftReadInt(ThriftReader *r, const ThriftField *field)
{
	int64		value;

	switch (field->type)
	{
		case THRIFT_BYTE:
			return (int8) Byte(r);
		case THRIFT_I16:
		case THRIFT_I32:
		case THRIFT_I64:
			value = Zigzag(r);
			return ThriftFailed(r) ? 0 : value;
		default:
			ThriftFail(r, "a field has another type than it should have");
			return 0;
	}
}

int32
ThriftReadInt32(ThriftReader *r, const ThriftField *field)
{
	int64		value = ThriftReadInt(r, field);

	if (value == (int32) value)
		return (int32) value;
	ThriftFail(r, "a number is out of range");
	return 0;
}

static const char *
Binary(ThriftReader *r, size_t *len)
{
	uint64		size = Varint(r);
	const char *bytes = (const char *) r->at;

	*len = 0;
	if (ThriftFailed(r))
		return "";
	if (size > Left(r))
	{
		Cut(r);
		return "";
	}
	*len = size;
	r->at += size;
	return bytes;
}

const char *
ThriftReadBytes(ThriftReader *r, const ThriftField *field, size_t *len)
{
	*len = 0;
	if (!HasType(r, field, THRIFT_BINARY))
		return "";
	return Binary(r, len);
}

/* The head of a list: how many elements, of which type. */
static uint64
ListHead(ThriftReader *r, ThriftType *element)
{
	int			byte = Byte(r);
	uint64		count = byte >> 4;

	*element = byte & 0x0F;
	if (count == 15)
		count = Varint(r);
	return ThriftFailed(r) ? 0 : count;
}

int
ThriftReadList(ThriftReader *r, const ThriftField *field, ThriftType element)
{
	ThriftType	type;
	uint64		count;

	if (!HasType(r, field, THRIFT_LIST))
		return 0;
	count = ListHead(r, &type);
	if (count > 0 && type != element)
		ThriftFail(r, "a list has elements of another type than it should have");
	else if (count > Left(r))
		Cut(r);
	return ThriftFailed(r) ? 0 : (int) count;
}

void
ThriftReadStruct(ThriftReader *r, const ThriftField *field)
{
	(void) HasType(r, field, THRIFT_STRUCT);
}

/* ---- what nobody wants ---- */

static void SkipValue(ThriftReader *r, ThriftType type, int depth);

static void
SkipBytes(ThriftReader *r, size_t len)
{
	if (len > Left(r))
		Cut(r);
	else
		r->at += len;
}

static void
SkipStruct(ThriftReader *r, int depth)
{
	ThriftField field = {0};

	while (ThriftReadField(r, &field))
		if (field.type != THRIFT_TRUE && field.type != THRIFT_FALSE)
			SkipValue(r, field.type, depth);
}

static void
SkipList(ThriftReader *r, int depth)
{
	ThriftType	element;
	uint64		count = ListHead(r, &element);

	for (; count > 0 && !ThriftFailed(r); count--)
		SkipValue(r, element, depth);
}

static void
SkipMap(ThriftReader *r, int depth)
{
	uint64		count = Varint(r);
	int			types = count > 0 ? Byte(r) : 0;

	for (; count > 0 && !ThriftFailed(r); count--)
	{
		SkipValue(r, types >> 4, depth);
		SkipValue(r, types & 0x0F, depth);
	}
}

/* Of elements: a bool is a byte there. */
static void
SkipValue(ThriftReader *r, ThriftType type, int depth)
{
	size_t		len;

	if (depth == MAX_DEPTH)
	{
		ThriftFail(r, "metadata is nested too deeply");
		return;
	}
	switch (type)
	{
		case THRIFT_TRUE:
		case THRIFT_FALSE:
		case THRIFT_BYTE:
			(void) Byte(r);
			break;
		case THRIFT_I16:
		case THRIFT_I32:
		case THRIFT_I64:
			(void) Varint(r);
			break;
		case THRIFT_DOUBLE:
			SkipBytes(r, 8);
			break;
		case THRIFT_UUID:
			SkipBytes(r, 16);
			break;
		case THRIFT_BINARY:
			(void) Binary(r, &len);
			break;
		case THRIFT_LIST:
		case THRIFT_SET:
			SkipList(r, depth + 1);
			break;
		case THRIFT_MAP:
			SkipMap(r, depth + 1);
			break;
		case THRIFT_STRUCT:
			SkipStruct(r, depth + 1);
			break;
		default:
			ThriftFail(r, "a value has an invalid type");
	}
}

void
ThriftReadPast(ThriftReader *r, const ThriftField *field)
{
	if (field->type != THRIFT_TRUE && field->type != THRIFT_FALSE)
		SkipValue(r, field->type, 0);
}
