/*
 * native_scalar.c
 *	  Read the value of an operand for every row of a span.
 */
#include "base/compat.h"
#include "predicate/native_node.h"

#include <math.h>

#include "mb/pg_wchar.h"

int64
NativeFloatKey(double value)
{
	int64		bits;

	if (isnan(value))
		return PG_INT64_MAX;
	if (value == 0)
		return 0;
	memcpy(&bits, &value, sizeof(bits));
	return bits < 0 ? bits ^ PG_INT64_MAX : bits;
}

static int
TrimmedLength(const char *text, int len)
{
	while (len > 0 && text[len - 1] == ' ')
		len--;
	return len;
}

const char *
NativeText(Datum value, bool trimmed, int *len)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(value);

	*len = VARSIZE_ANY_EXHDR(text);
	if (trimmed)
		*len = TrimmedLength(VARDATA_ANY(text), *len);
	return VARDATA_ANY(text);
}

/* One bit of each byte. */
#define EACH_BYTE UINT64CONST(0x0101010101010101)

/* Bytes 10xxxxxx, eight at a time. */
static int
CountContinuations(const char *text, int len)
{
	int			count = 0;

	for (; len >= (int) sizeof(uint64); text += sizeof(uint64), len -= sizeof(uint64))
	{
		uint64		bytes;

		memcpy(&bytes, text, sizeof(bytes));
		count += (int) ((((bytes >> 7) & ~(bytes >> 6) & EACH_BYTE) * EACH_BYTE) >> 56);
	}
	for (int i = 0; i < len; i++)
		count += ((signed char) text[i]) < -0x40;
	return count;
}

/* A character of UTF-8 has one byte that is no continuation. */
static int64
CharactersOf(Datum value, bool trimmed)
{
	int			len;
	const char *text = NativeText(value, trimmed, &len);

	if (pg_database_encoding_max_length() == 1)
		return len;
	if (GetDatabaseEncoding() != PG_UTF8)
		return pg_mbstrlen_with_len(text, len);
	return len - CountContinuations(text, len);
}

static int64
BytesOf(Datum value)
{
	int			len;

	(void) NativeText(value, false, &len);
	return len;
}

/* One loop per form: what is decided per form is not decided again per row. */
#define EACH_KEY(compute) \
	for (int i = 0; i < rows->nrows; i++) \
	{ \
		Datum		v = values[i * rows->natts]; \
\
		keys[i] = (compute); \
	} \
	break

#define EACH_KEY_OF_NOT_NULL(compute) \
	for (int i = 0; i < rows->nrows; i++) \
	{ \
		Datum		v = values[i * rows->natts]; \
\
		keys[i] = isnull[i * rows->natts] ? 0 : (compute); \
	} \
	break

void
NativeKeys(const Scalar *scalar, const RowSpan *rows, int64 *keys)
{
	const Datum *values = rows->values + scalar->column;
	const bool *isnull = rows->isnull + scalar->column;

	switch (scalar->form)
	{
		case KEY_BOOL:
			EACH_KEY(DatumGetBool(v));
		case KEY_INT2:
			EACH_KEY(DatumGetInt16(v));
		case KEY_INT4:
			EACH_KEY(DatumGetInt32(v));
		case KEY_INT8:
			EACH_KEY(DatumGetInt64(v));
		case KEY_FLOAT4:
			EACH_KEY(NativeFloatKey(DatumGetFloat4(v)));
		case KEY_FLOAT8:
			EACH_KEY(NativeFloatKey(DatumGetFloat8(v)));
		case KEY_FLOAT_OF_INT2:
			EACH_KEY(NativeFloatKey((double) DatumGetInt16(v)));
		case KEY_FLOAT_OF_INT4:
			EACH_KEY(NativeFloatKey((double) DatumGetInt32(v)));
		case KEY_FLOAT_OF_INT8:
			EACH_KEY(NativeFloatKey((double) DatumGetInt64(v)));
		case KEY_CHARACTERS:
			EACH_KEY_OF_NOT_NULL(CharactersOf(v, false));
		case KEY_CHARACTERS_TRIMMED:
			EACH_KEY_OF_NOT_NULL(CharactersOf(v, true));
		case KEY_BYTES:
			EACH_KEY_OF_NOT_NULL(BytesOf(v));
	}
}
