/*
 * spec_node.c
 *	  Read a description of an API.
 */
#include "postgres.h"
#include "infer/spec_node.h"

#include "decode/json_reader.h"
#include "decode/json_string.h"
#include "miscadmin.h"

#define MAX_DEPTH 200
#define TOKEN_MEMORY ((size_t) 16 * 1024 * 1024)

static void
Fail(JsonReader *reader)
{
	JsonFault	fault;

	JsonGetFault(reader, &fault);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("API description is not valid JSON: %s", fault.what),
			 errdetail("Line %lld: %s", (long long) fault.line, fault.excerpt),
			 errhint("Convert a description in YAML to JSON.")));
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
SpecNodeRead(ByteSource *source)
{
	JsonReader *reader = JsonReaderCreate(TOKEN_MEMORY, MAX_DEPTH);

	JsonReaderOpen(reader, source, JSON_ONE);
	return ReadValue(reader, JsonNext(reader));
}

SpecNode *
SpecMember(const SpecNode *node, const char *name)
{
	if (node == NULL || node->kind != SPEC_OBJECT)
		return NULL;
	for (SpecNode *member = node->first; member != NULL; member = member->next)
		if (strcmp(member->name, name) == 0)
			return member;
	return NULL;
}

const char *
SpecText(const SpecNode *node, const char *name)
{
	const SpecNode *member = SpecMember(node, name);

	return member != NULL && member->kind == SPEC_TEXT ? member->text : NULL;
}

bool
SpecIsTrue(const SpecNode *node, const char *name)
{
	const SpecNode *member = SpecMember(node, name);

	return member != NULL && member->kind == SPEC_TRUE;
}
