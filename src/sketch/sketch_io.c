/*
 * sketch_io.c
 *	  Sketches as values of SQL: bytes that are written in hexadecimal digits.
 *
 * A value comes into being by an aggregate, which knows what it writes, or from outside. So bytes are
 * checked where they come in, and nowhere else.
 */
#include "base/compat.h"
#include "sketch/sketch_io.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_sketch_out);
PG_FUNCTION_INFO_V1(elt_sketch_send);

static void
RequireNoFault(const bytea *sketch, const char *type, SketchFault fault, int code)
{
	const char *what = fault((const unsigned char *) VARDATA(sketch), VARSIZE(sketch) - VARHDRSZ);

	if (what != NULL)
		ereport(ERROR,
				(errcode(code),
				 errmsg("invalid value for type %s", type),
				 errdetail("%s", what)));
}

static int
HexDigit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bytea *
BytesOfHex(const char *digits, const char *type)
{
	size_t		len = strlen(digits);
	bytea	   *result = palloc(VARHDRSZ + len / 2);

	for (size_t i = 0; i < len; i += 2)
	{
		int			high = HexDigit(digits[i]);
		int			low = HexDigit(digits[i + 1]);

		if (high < 0 || low < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("invalid input syntax for type %s", type),
					 errdetail("A sketch is written in pairs of hexadecimal digits.")));
		VARDATA(result)[i / 2] = high << 4 | low;
	}
	SET_VARSIZE(result, VARHDRSZ + len / 2);
	return result;
}

Datum
SketchIn(FunctionCallInfo fcinfo, const char *type, SketchFault fault)
{
	bytea	   *sketch = BytesOfHex(PG_GETARG_CSTRING(0), type);

	RequireNoFault(sketch, type, fault, ERRCODE_INVALID_TEXT_REPRESENTATION);
	PG_RETURN_BYTEA_P(sketch);
}

Datum
elt_sketch_out(PG_FUNCTION_ARGS)
{
	size_t		len;
	const unsigned char *bytes = SketchArgument(fcinfo, 0, &len);
	char	   *digits = palloc(2 * len + 1);

	digits[hex_encode((const char *) bytes, len, digits)] = '\0';
	PG_RETURN_CSTRING(digits);
}

Datum
SketchRecv(FunctionCallInfo fcinfo, const char *type, SketchFault fault)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			len = message->len - message->cursor;
	bytea	   *sketch = palloc(VARHDRSZ + len);

	pq_copymsgbytes(message, VARDATA(sketch), len);
	SET_VARSIZE(sketch, VARHDRSZ + len);
	RequireNoFault(sketch, type, fault, ERRCODE_INVALID_BINARY_REPRESENTATION);
	PG_RETURN_BYTEA_P(sketch);
}

Datum
elt_sketch_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(PG_GETARG_BYTEA_P_COPY(0));
}

const unsigned char *
SketchArgument(FunctionCallInfo fcinfo, int n, size_t *len)
{
	struct varlena *sketch = PG_GETARG_VARLENA_PP(n);

	*len = VARSIZE_ANY_EXHDR(sketch);
	return (const unsigned char *) VARDATA_ANY(sketch);
}

MemoryContext
AggregateMemory(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "function %u called in non-aggregate context", fcinfo->flinfo->fn_oid);
	return context;
}
