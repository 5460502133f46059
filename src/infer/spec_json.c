/*
 * spec_json.c
 *	  Read a description of an API that is written in JSON.
 */
#include "postgres.h"
#include "infer/spec_json.h"

#include "decode/json_reader.h"
#include "decode/json_string.h"
#include "miscadmin.h"

#define TOKEN_MEMORY ((size_t) 16 * 1024 * 1024)

static void
Fail(JsonReader *reader)
{
	JsonFault	fault;

	JsonGetFault(reader, &fault);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("API description is not valid JSON: %s", fault.what),
			 errdetail("Line %lld: %s", (long long) fault.line, fault.excerpt)));
}

static char *
TokenText(JsonReader *reader)
{
	char	   *text = palloc(reader->len + 1);
	size_t		len = reader->len;

	if (!reader->escaped || !JsonUnescape(reader->text, reader->len, text, &len))
	{
		memcpy(text, reader->text, reader->len);
		len = reader->len;
	}
	text[len] = '\0';
	return text;
}

static SpecNode *ReadValue(JsonReader *reader, JsonToken token);

static void
ReadMembers(JsonReader *reader, SpecNode *node)
{
	SpecNode  **at = &node->first;
	JsonToken	token;

	while ((token = JsonNext(reader)) == JSON_KEY)
	{
		char	   *name = TokenText(reader);

		*at = ReadValue(reader, JsonNext(reader));
		(*at)->name = name;
		at = &(*at)->next;
	}
	if (token == JSON_ERROR)
		Fail(reader);
}

static void
ReadElements(JsonReader *reader, SpecNode *node)
{
	SpecNode  **at = &node->first;
	JsonToken	token;

	while ((token = JsonNext(reader)) != JSON_ARRAY_END)
	{
		*at = ReadValue(reader, token);
		at = &(*at)->next;
	}
}

static SpecNode *
ReadValue(JsonReader *reader, JsonToken token)
{
	SpecNode   *node = palloc0(sizeof(SpecNode));

	check_stack_depth();
	switch (token)
	{
		case JSON_ERROR:
		case JSON_END:
			Fail(reader);
			break;
		case JSON_OBJECT_START:
			node->kind = SPEC_OBJECT;
			ReadMembers(reader, node);
			break;
		case JSON_ARRAY_START:
			node->kind = SPEC_ARRAY;
			ReadElements(reader, node);
			break;
		case JSON_STRING:
		case JSON_NUMBER:
			node->kind = SPEC_TEXT;
			node->text = TokenText(reader);
			break;
		default:
			node->kind = token == JSON_TRUE ? SPEC_TRUE : SPEC_OTHER;
			break;
	}
	return node;
}

SpecNode *
SpecReadJson(const char *text, size_t len)
{
	JsonReader *reader = JsonReaderCreate(TOKEN_MEMORY, SPEC_MAX_DEPTH);

	JsonReaderOpen(reader, MemoryByteSource(text, len), JSON_ONE);
	return ReadValue(reader, JsonNext(reader));
}
