/*
 * xml_value.c
 *	  Take the values of columns from elements and attributes of an XML page.
 */
#include "postgres.h"

#include "decode/xml_value.h"

#include "decode/container.h"
#include "decode/xml_unknown.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"

#define XSI "http://www.w3.org/2001/XMLSchema-instance"

static bool
IsSpace(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
AppendText(StringInfo text, xmlNodePtr node)
{
	for (; node != NULL; node = node->next)
	{
		if (node->type == XML_ENTITY_REF_NODE)
			XmlReaderFailEntity(node->parent, node);
		if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
			appendStringInfoString(text, (const char *) node->content);
		else if (node->type == XML_ELEMENT_NODE)
			AppendText(text, node->children);
	}
}

/* All text in an element or attribute; in buffer, unless it is one piece. */
static const char *
TextOf(xmlNodePtr node, StringInfo buffer, size_t *len)
{
	xmlNodePtr	child = node->children;
	const char *text = "";

	if (child != NULL && (child->next != NULL || child->type != XML_TEXT_NODE))
	{
		resetStringInfo(buffer);
		AppendText(buffer, child);
		*len = buffer->len;
		return buffer->data;
	}
	if (child != NULL)
		text = (const char *) child->content;
	*len = strlen(text);
	return text;
}

static const char *
Trimmed(const char *text, size_t *len)
{
	while (*len > 0 && IsSpace(text[*len - 1]))
		(*len)--;
	while (*len > 0 && IsSpace(*text))
	{
		text++;
		(*len)--;
	}
	return text;
}

static bool
IsNil(xmlNodePtr node)
{
	if (node->type != XML_ELEMENT_NODE)
		return false;
	for (xmlAttrPtr a = node->properties; a != NULL; a = a->next)
		if (a->ns != NULL && strcmp((const char *) a->name, "nil") == 0 &&
			strcmp((const char *) a->ns->href, XSI) == 0 && a->children != NULL)
			return strcmp((const char *) a->children->content, "true") == 0 ||
				strcmp((const char *) a->children->content, "1") == 0;
	return false;
}

/* One more element of an array literal. */
static void
AppendElement(StringInfo array, const char *text, bool isnull)
{
	appendStringInfoChar(array, array->len == 0 ? '{' : ',');
	if (isnull)
		appendStringInfoString(array, "NULL");
	else
		AppendQuotedPart(array, text);
}

static void
TakeArrayElement(XmlColumn *c, xmlNodePtr node)
{
	StringInfoData scratch;
	size_t		len;
	const char *text;

	if (c->count == 1)
		resetStringInfo(&c->buffer);
	initStringInfo(&scratch);
	text = TextOf(node, &scratch, &len);
	AppendElement(&c->buffer, text, IsNil(node));
	pfree(scratch.data);
	c->isnull = false;
	c->text = c->buffer.data;
	c->len = c->buffer.len;
}

static void
TakeValue(XmlReader *r, XmlColumn *c, xmlNodePtr node)
{
	c->count++;
	c->present = true;
	if (c->is_array)
	{
		TakeArrayElement(c, node);
		return;
	}
	c->isnull = IsNil(node);
	if (c->is_markup && node->type == XML_ELEMENT_NODE)
	{
		resetStringInfo(&c->buffer);
		c->text = XmlReaderMarkup(r, node, &c->len);
		appendBinaryStringInfo(&c->buffer, c->text, c->len);
		c->text = c->buffer.data;
		return;
	}
	c->text = TextOf(node, &c->buffer, &c->len);
	if (!c->is_text)
	{
		c->text = Trimmed(c->text, &c->len);
		c->isnull |= c->len == 0;
	}
}

/* The document lets go of it when the reader goes on. */
static void
KeepValue(XmlColumn *c)
{
	char	   *copy;

	if (c->count == 0 || c->isnull || c->text == c->buffer.data)
		return;
	copy = pnstrdup(c->text, c->len);
	resetStringInfo(&c->buffer);
	appendBinaryStringInfo(&c->buffer, copy, c->len);
	pfree(copy);
	c->text = c->buffer.data;
}

void
XmlTakeAttributes(XmlReader *r, XmlStep *step, xmlNodePtr node)
{
	for (xmlAttrPtr a = node->properties; step->nsteps > 0 && a != NULL; a = a->next)
	{
		XmlStep    *below = XmlStepBelow(step, (xmlNodePtr) a);

		if (below == NULL && step->unknown != NULL)
			XmlUnknownNote(step->unknown, (xmlNodePtr) a);
		for (int i = 0; below != NULL && i < below->ncolumns; i++)
			TakeValue(r, below->columns[i], (xmlNodePtr) a);
	}
}

void
XmlTakeElement(XmlReader *r, XmlStep *step, xmlNodePtr node)
{
	check_stack_depth();
	for (int i = 0; i < step->ncolumns; i++)
		TakeValue(r, step->columns[i], node);
	if (step->nsteps == 0)
		return;
	XmlTakeAttributes(r, step, node);
	for (xmlNodePtr child = node->children; child != NULL; child = child->next)
	{
		XmlStep    *below;

		if (child->type != XML_ELEMENT_NODE)
			continue;
		below = XmlStepBelow(step, child);
		if (below != NULL)
			XmlTakeElement(r, below, child);
		else if (step->unknown != NULL)
			XmlUnknownNote(step->unknown, child);
	}
}

void
XmlKeepValues(XmlStep *step)
{
	for (int i = 0; i < step->ncolumns; i++)
		KeepValue(step->columns[i]);
	for (int i = 0; i < step->nsteps; i++)
		XmlKeepValues(step->steps[i]);
}
