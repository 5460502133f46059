/*
 * xml_outside.c
 *	  Values outside of an XML record, kept as text with it so that it can be decoded alone.
 */
#include "postgres.h"

#include "decode/xml_outside.h"

#include "decode/batch_private.h"
#include "decode/json_reader.h"
#include "decode/json_string.h"
#include "lib/stringinfo.h"
#include "utils/json.h"

static bool
IsOutside(const XmlColumn *c)
{
	return c->kind == XML_COLUMN_VALUE && c->is_outside;
}

/* Of several values the record is rejected for, one alone would be taken. */
static bool
IsAmbiguous(const XmlColumn *c)
{
	return c->count > 1 && !c->is_array;
}

static void
AppendValue(StringInfo text, const XmlColumn *c)
{
	char	   *value;

	appendStringInfoString(text, text->len > 1 ? ", " : "");
	escape_json(text, c->converter.column);
	appendStringInfoString(text, ": ");
	if (c->isnull)
	{
		appendStringInfoString(text, "null");
		return;
	}
	value = pnstrdup(c->text, c->len);
	escape_json(text, value);
	pfree(value);
}

bool
XmlOutsideText(const XmlTree *tree, RowBatch *batch, const char **result)
{
	StringInfoData text;
	bool		whole = true;

	initStringInfo(&text);
	appendStringInfoChar(&text, '{');
	for (int i = 0; i < tree->ncolumns && text.len <= ANCESTORS_LIMIT; i++)
	{
		const XmlColumn *c = &tree->columns[i];

		if (!IsOutside(c) || c->count == 0)
			continue;
		whole &= !IsAmbiguous(c);
		AppendValue(&text, c);
	}
	appendStringInfoChar(&text, '}');
	whole &= text.len <= ANCESTORS_LIMIT && TextIsStorable(text.data, text.len);
	if (whole && text.len > 2)
		*result = BatchText(batch, text.data, text.len);
	pfree(text.data);
	return whole;
}

static XmlColumn *
ColumnNamed(XmlTree *tree, const char *name)
{
	for (int i = 0; i < tree->ncolumns; i++)
		if (IsOutside(&tree->columns[i]) &&
			strcmp(tree->columns[i].converter.column, name) == 0)
			return &tree->columns[i];
	return NULL;
}

/* The string at hand. */
static char *
Unescaped(const JsonReader *reader)
{
	size_t		len = reader->len;
	char	   *text = palloc(len + 1);

	if (!JsonUnescape(reader->text, reader->len, text, &len))
		elog(ERROR, "values kept with a rejected record are not text");
	text[len] = '\0';
	return text;
}

static void
SetValue(XmlColumn *c, const char *text)
{
	c->count = 1;
	c->present = true;
	resetStringInfo(&c->buffer);
	if (text != NULL)
		appendStringInfoString(&c->buffer, text);
	c->isnull = text == NULL || (!c->is_text && !c->is_array && text[0] == '\0');
	c->text = c->buffer.data;
	c->len = c->buffer.len;
}

void
XmlTakeOutside(XmlTree *tree, const char *text)
{
	JsonReader *reader;
	JsonToken	token;

	if (text == NULL)
		return;
	reader = JsonReaderCreate(2 * ANCESTORS_LIMIT, 2);
	JsonReaderOpen(reader, MemoryByteSource(text, strlen(text)), JSON_ONE);
	(void) JsonNext(reader);
	while ((token = JsonNext(reader)) == JSON_KEY)
	{
		XmlColumn  *c = ColumnNamed(tree, Unescaped(reader));

		token = JsonNext(reader);
		if (c != NULL)
			SetValue(c, token == JSON_STRING ? Unescaped(reader) : NULL);
	}
	if (token != JSON_OBJECT_END)
		elog(ERROR, "values kept with a rejected record are not a JSON object");
}

void
XmlDeclareNamespaces(xmlNodePtr node)
{
	for (xmlNodePtr above = node->parent; above != NULL && above->type == XML_ELEMENT_NODE;
		 above = above->parent)
		for (xmlNsPtr ns = above->nsDef; ns != NULL; ns = ns->next)
			(void) xmlNewNs(node, ns->href, ns->prefix);
}
