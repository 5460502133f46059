/*
 * json_document.c
 *	  Parse small JSON documents with json-c.
 *
 * Records and the paging fields of pages are read by decode/json_reader.c, whose memory does not
 * grow with its input. json-c's headers clash with utils/builtins.h, so nothing else includes them.
 */
#include "postgres.h"
#include "base/json_document.h"

#include <errno.h>
#include <json-c/json.h>

#include "base/handle.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#define MAX_DEPTH 32

struct JsonDocument
{
	json_object *root;			/* NULL for a JSON null */
};

static void
FreeDocument(void *arg)
{
	JsonDocument *document = arg;

	json_object_put(document->root);
}

static json_tokener *
MakeTokener(void)
{
	json_tokener *tokener = json_tokener_new_ex(MAX_DEPTH);

	if (tokener == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("Failed while creating a JSON parser.")));
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	return tokener;
}

static void
AppendEscape(StringInfo to, pg_wchar c)
{
	if (c < 0x10000)
		appendStringInfo(to, "\\u%04x", c);
	else
		appendStringInfo(to, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10), 0xDC00 + (c & 0x3FF));
}

/*
 * The same document with escapes in place of characters beyond ASCII: json-c 0.18 takes them for
 * control characters in strict mode. Outside strings the one is as wrong as the other.
 */
static StringInfo
EscapeNonAscii(const char *text, size_t length)
{
	StringInfo	ascii = makeStringInfo();
	const unsigned char *end = (const unsigned char *) text + length;

	for (const unsigned char *c = (const unsigned char *) text; c < end; c += pg_utf_mblen(c))
	{
		if (IS_HIGHBIT_SET(*c))
			AppendEscape(ascii, utf8_to_unicode(c));
		else
			appendStringInfoChar(ascii, *c);
	}
	return ascii;
}

/*
 * Where a number is out of range json-c says so in errno: some versions store the nearest one that
 * fits, others give up with a parse error.
 */
static const char *
ProblemOf(json_tokener *tokener)
{
	enum json_tokener_error error = json_tokener_get_error(tokener);

	if (error == json_tokener_continue)
		return "unexpected end of input";
	if (errno == ERANGE)
		return "number out of range";
	return error == json_tokener_success ? NULL : json_tokener_error_desc(error);
}

JsonDocument *
JsonDocumentParse(const char *text, size_t length, const char **problem)
{
	JsonDocument *document = palloc0(sizeof(JsonDocument));
	json_tokener *tokener;
	StringInfo	ascii;

	*problem = "null character";
	if (strlen(text) != length)
		return NULL;
	*problem = "invalid UTF-8";
	if (!pg_verify_mbstr(PG_UTF8, text, (int) length, true))
		return NULL;
	ascii = EscapeNonAscii(text, length);
	ReleaseWithContext(CurrentMemoryContext, FreeDocument, document);
	tokener = MakeTokener();
	errno = 0;
	/* Only the terminating null tells json-c that a number or a literal is complete. */
	document->root = json_tokener_parse_ex(tokener, ascii->data, ascii->len + 1);
	*problem = ProblemOf(tokener);
	json_tokener_free(tokener);
	return *problem == NULL ? document : NULL;
}

/* A string with a null character cannot be a C string. */
static char *
StringText(json_object *value)
{
	const char *text = json_object_get_string(value);

	return strlen(text) == json_object_get_string_len(value) ? pstrdup(text) : NULL;
}

char *
JsonDocumentText(const JsonDocument *document, const char *member)
{
	json_object *value;

	if (!json_object_is_type(document->root, json_type_object) ||
		!json_object_object_get_ex(document->root, member, &value))
		return NULL;
	switch (json_object_get_type(value))
	{
		case json_type_string:
			return StringText(value);
		case json_type_int:
		case json_type_double:
			return pstrdup(json_object_get_string(value));
		default:
			return NULL;
	}
}
