/*
 * json_reader.h
 *	  Pull parser: tokens of a JSON text that arrives in chunks of any size.
 *
 * A token's text is contiguous and stays valid until the next call. Nothing is unescaped,
 * converted or thrown here: a fault is the token JSON_ERROR, and the caller decides.
 */
#ifndef ELT_JSON_READER_H
#define ELT_JSON_READER_H

#include "postgres.h"
#include "decode/byte_source.h"

typedef enum JsonToken
{
	JSON_END,					/* between values: nothing but white space was left */
	JSON_ERROR,					/* and so is every later token; see JsonFault */
	JSON_OBJECT_START,
	JSON_OBJECT_END,
	JSON_ARRAY_START,
	JSON_ARRAY_END,
	JSON_KEY,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
	JSON_NONFINITE				/* NaN, Infinity, -Infinity: not JSON, but sent all the same */
} JsonToken;

typedef struct JsonReader JsonReader;

typedef struct JsonFault
{
	bool		memory;			/* a value is larger than the reader's memory */
	int64		offset;			/* byte of the page, from 0 */
	int64		line;			/* from 1 */
	char		what[96];		/* "unexpected \"<\"" */
	char		excerpt[100];	/* what stands around it, one line of valid UTF-8 */
} JsonFault;

/* Lives in the current context. memory bounds what one token or one kept value may take. */
extern JsonReader *JsonReaderCreate(size_t memory, int max_depth);
/* first_offset and first_line: where the source's first byte stands in the page. */
extern void JsonReaderOpen(JsonReader *reader, ByteSource *source,
						   int64 first_offset, int64 first_line);

extern JsonToken JsonNext(JsonReader *reader);
/* Read past the value that comes next, keeping nothing; it is validated all the same. */
extern JsonToken JsonSkip(JsonReader *reader);
/* The same for the rest of the container whose START was just read. */
extern JsonToken JsonSkipRest(JsonReader *reader);

/* The last token: as in the page; strings and keys without their quotes. */
extern const char *JsonText(JsonReader *reader, size_t *len);
extern bool JsonHasEscape(JsonReader *reader);
/* The token's value: unescaped when need be, into memory valid until the next token. NULL for
 * what cannot be a text: \u0000 or half a surrogate pair. */
extern const char *JsonString(JsonReader *reader, size_t *len);

extern int64 JsonOffset(JsonReader *reader);	/* of the next unread byte */
extern void JsonGetFault(JsonReader *reader, JsonFault *fault);

#endif
