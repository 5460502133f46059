/*
 * json_reader.h
 *	  Pull parser: tokens of a JSON text that arrives in chunks of any size.
 *
 * A token's text is contiguous and stays valid until the next call. Nothing is unescaped,
 * converted or thrown here: a fault is the token JSON_ERROR, and the caller decides.
 */
#ifndef ELT_DECODE_JSON_READER_H
#define ELT_DECODE_JSON_READER_H

#include "postgres.h"
#include "decode/byte_source.h"

typedef enum JsonToken
{
	JSON_END,					/* outside of any value, and nothing is left */
	JSON_ERROR,					/* and so is every later token; see JsonGetFault */
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

typedef enum JsonFraming
{
	JSON_ONE,					/* one value, then only white space */
	JSON_MANY,					/* any number of values, one after another */
	JSON_LINES					/* one value a line */
} JsonFraming;

/* What the first bytes can be kept of, side by side: of records within others, too. */
typedef enum JsonHeadKind
{
	JSON_HEAD_LINE,
	JSON_HEAD_RECORD			/* plus the number of records around it */
} JsonHeadKind;

#define JSON_NESTED_RECORDS 4
#define JSON_HEADS (JSON_HEAD_RECORD + JSON_NESTED_RECORDS)

typedef struct JsonFault
{
	bool		memory;			/* a value is larger than the reader's memory */
	bool		truncated;		/* the text ends too early */
	bool		at_start;		/* nothing of the text was JSON */
	int64		offset;			/* byte of the page, from 0 */
	int64		line;			/* from 1 */
	char		what[64];		/* unexpected "<" */
	char		excerpt[240];	/* what stands around it: valid UTF-8 without line breaks */
} JsonFault;

/* The public part of a reader; the rest is in json_private.h. */
typedef struct JsonReader
{
	const char *text;			/* the last token; strings and keys without their quotes */
	size_t		len;
	bool		escaped;		/* text holds a backslash */
	int64		tainted;		/* offset of the first text that is not UTF-8, or skipped NaN,
								 * since the caller set it to -1 */
	int64		nonfinite;		/* the same of NaN that was not skipped */
} JsonReader;

/* In the current context. memory bounds what one token or marked value may take. */
extern JsonReader *JsonReaderCreate(size_t memory, int max_depth);
extern void JsonReaderOpen(JsonReader *reader, ByteSource *source, JsonFraming framing);
/* Let positions count as if the text began there: for a part that was cut from a page. */
extern void JsonReaderMoveTo(JsonReader *reader, int64 offset, int64 line);

extern JsonToken JsonNext(JsonReader *reader);
/* Read past the value that comes next, keeping nothing; it is validated all the same. */
extern JsonToken JsonSkip(JsonReader *reader);
/* The same for the rest of the container whose START was just read. */
extern JsonToken JsonSkipRest(JsonReader *reader);
/*
 * The same, behind a key, if the value is this object: its text was read before, and has no line break.
 * False: nothing has been read.
 */
extern bool JsonSkipText(JsonReader *reader, const char *text, size_t len);
/* After an error in JSON_LINES: go on with the next line. */
extern void JsonSkipLine(JsonReader *reader);

/* Keep the text from the token just read on; then all of it up to here. Marks may nest. */
extern int64 JsonMark(JsonReader *reader);
extern const char *JsonMarked(JsonReader *reader, int64 mark, size_t *len);

/* Keep the first bytes from the token just read on, however long the value is. */
extern void JsonHeadStart(JsonReader *reader, JsonHeadKind kind, size_t limit);
/* Those bytes, and how long the text is up to here. */
extern const char *JsonHead(JsonReader *reader, JsonHeadKind kind, size_t *len, int64 *full_len);

extern int64 JsonOffset(JsonReader *reader);	/* of the next unread byte */
extern int64 JsonLine(JsonReader *reader);
extern int64 JsonTokenOffset(JsonReader *reader);	/* of the token just read */
extern int	JsonDepth(JsonReader *reader);
extern void JsonGetFault(JsonReader *reader, JsonFault *fault);

#endif
