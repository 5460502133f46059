/*
 * spec_document.c
 *	  Read a description of an API in the format that it has.
 */
#include "postgres.h"
#include "infer/spec_document.h"

#include "infer/spec_json.h"
#include "infer/spec_yaml.h"
#include "lib/stringinfo.h"

/* Descriptions of the largest APIs have 10 MB. */
#define MAX_MEGABYTES 64

/* An object of JSON is one of YAML too, but not the other way round. */
static bool
IsJson(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr(" \t\r\n\xef\xbb\xbf", text[i]) == NULL)
			return text[i] == '{';
	return false;
}

SpecNode *
SpecDocumentRead(ByteSource *source)
{
	StringInfoData text;
	const char *data;
	size_t		n;

	initStringInfo(&text);
	while (source->next(source->state, &data, &n))
	{
		if (text.len + n > (size_t) MAX_MEGABYTES * 1024 * 1024)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("API description is longer than %d MB", MAX_MEGABYTES)));
		appendBinaryStringInfo(&text, data, (int) n);
	}
	return IsJson(text.data, text.len) ? SpecReadJson(text.data, text.len) :
		SpecReadYaml(text.data, text.len);
}
