/*
 * read_xml.c
 *	  Fold the elements of a sample of XML, and choose records and columns.
 */
#include "base/compat.h"
#include "infer/read_xml.h"

#include "decode/xml_reader.h"
#include "infer/column_name.h"
#include "miscadmin.h"
#include "source/settings.h"

#define FLAT_LEVELS 2

static bool
IsElementNode(xmlNodePtr node)
{
	return node->type == XML_ELEMENT_NODE;
}

static ShapeNode *
Member(ShapeNode *node, const char *prefix, const xmlChar *name)
{
	char	   *text = psprintf("%s%s", prefix, (const char *) name);

	return ShapeMember(node, text, strlen(text));
}

/* The value of a node in the record, or the element, with this number. */
static void
FoldText(ShapeNode *node, int64 record, const xmlChar *content)
{
	const char *text = content != NULL ? (const char *) content : "";

	if (node->facts == NULL)
		node->facts = ValueFactsCreate();
	ValueFactsAddText(node->facts, record, text, strlen(text));
}

static void
FoldAttributes(ShapeNode *node, xmlNodePtr element)
{
	for (xmlAttrPtr a = element->properties; a != NULL; a = a->next)
	{
		ShapeNode  *member = Member(node, "@", a->name);

		if (member == NULL)
			continue;
		member->seen++;
		FoldText(member, node->seen, a->children != NULL ? a->children->content : NULL);
	}
}

static bool
ComesBefore(xmlNodePtr element)
{
	for (xmlNodePtr n = element->prev; n != NULL; n = n->prev)
		if (IsElementNode(n) && xmlStrEqual(n->name, element->name))
			return true;
	return false;
}

static bool
ComesAgain(xmlNodePtr element)
{
	for (xmlNodePtr n = element->next; n != NULL; n = n->next)
		if (IsElementNode(n) && xmlStrEqual(n->name, element->name))
			return true;
	return false;
}

static void
FoldElement(ShapeNode *node, xmlNodePtr element)
{
	bool		has_elements = false;

	check_stack_depth();
	node->seen++;
	node->objects++;
	node->elements++;
	FoldAttributes(node, element);
	for (xmlNodePtr n = element->children; n != NULL; n = n->next)
	{
		ShapeNode  *member = IsElementNode(n) ? Member(node, "", n->name) : NULL;

		has_elements |= IsElementNode(n);
		if (member == NULL)
			continue;
		if (!ComesBefore(n) && ComesAgain(n))
			member->arrays++;
		FoldElement(member, n);
	}
	if (!has_elements)
	{
		xmlChar    *text = xmlNodeGetContent(element);
		char	   *copy = pstrdup(text != NULL ? (char *) text : "");

		xmlFree(text);
		FoldText(node, node->parent != NULL ? node->parent->seen : node->seen, (xmlChar *) copy);
	}
}

static xmlNodePtr
FirstElement(XmlReader *reader, ByteSource *source)
{
	xmlNodePtr	node;

	XmlReaderOpen(reader, source);
	node = XmlReaderNext(reader);
	while (node != NULL && !IsElementNode(node))
		node = XmlReaderNext(reader);
	return node;
}

void
ReadXmlSample(ShapeNode *root, ByteSource *source)
{
	XmlReader  *reader = XmlReaderCreate((size_t) RecordMemory * 1024);
	xmlNodePtr	node;

	root->is_untyped = true;
	node = FirstElement(reader, source);
	if (node != NULL)
		FoldElement(Member(root, "", node->name), XmlReaderExpand(reader));
}

void
ShapeAddXml(ShapeNode *root, const char *text, size_t len)
{
	XmlReader  *reader = XmlReaderCreate((size_t) RecordMemory * 1024);

	root->is_untyped = true;
	if (FirstElement(reader, MemoryByteSource(text, len)) != NULL)
		FoldElement(root, XmlReaderExpand(reader));
}

/* ---- records ---- */

/* The element that repeats most often; NULL: none does. */
static const ShapeNode *
Repeating(const ShapeNode *node, int level)
{
	const ShapeNode *best = NULL;

	for (int i = 0; i < node->nmembers && level < 6; i++)
	{
		const ShapeNode *member = node->members[i];
		const ShapeNode *found = member->arrays > 0 && member->nmembers > 0 ? member : NULL;

		if (found == NULL)
			found = Repeating(member, level + 1);
		if (found != NULL && (best == NULL || found->elements > best->elements))
			best = found;
	}
	return best;
}

InferredType
InferXmlType(const ShapeNode *node, const char *column)
{
	InferredType type = {"xml", NIL, NULL};
	ShapeNode	scalar = *node;

	if (node->name[0] != '@' && node->facts == NULL)
	{
		if (node->arrays > 0)
			type.doubt = "it repeats: only one is read, else the record is rejected";
		return type;
	}
	/* the text of an element with attributes is its value */
	scalar.objects = scalar.arrays = 0;
	type = InferType(&scalar, column);
	if (node->arrays > 0)
		type.type = psprintf("%s[]", type.type);
	return type;
}

static void
AddColumn(InferredTable *table, const ShapeNode *node, const char *before, const char *name)
{
	InferredColumn *column = LayoutAddColumn(table, name);
	InferredType type = InferXmlType(node, column->name);
	char	   *path = psprintf("%s%s%s", before, *before ? "." : "", node->name);

	column->node = node;
	if (strcmp(path, column->name) != 0)
		column->path = path;
	column->type = type.type;
	column->options = type.options;
	column->doubt = type.doubt;
}

static void
AddMembers(InferredTable *table, const ShapeNode *node, const char *path, const char *name, int level)
{
	for (int i = 0; i < node->nmembers; i++)
	{
		const ShapeNode *member = node->members[i];
		char	   *own = ColumnNameClean(member->name);
		char	   *full = *name ? psprintf("%s_%s", name, own) : own;

		if (member->facts == NULL && member->arrays == 0 && level < FLAT_LEVELS)
		{
			AddMembers(table, member, psprintf("%s%s%s", path, *path ? "." : "", member->name), full,
					   level + 1);
			continue;
		}
		AddColumn(table, member, path, full);
		if (member->facts != NULL && member->nmembers > 0 && member->arrays == 0)
			AddMembers(table, member, psprintf("%s%s%s", path, *path ? "." : "", member->name), full,
					   FLAT_LEVELS);
	}
}

InferredTable *
LayoutOfXml(const ShapeNode *root, const char *name)
{
	InferredTable *table = palloc0(sizeof(InferredTable));
	const ShapeNode *record = Repeating(root, 0);

	if (record == NULL)
		record = root->nmembers > 0 ? root->members[0] : root;
	table->name = name;
	table->record = record;
	table->records = record == root ? NULL :
		psprintf("%s%s", LayoutPath(record), record->arrays > 0 ? "[*]" : "");
	table->reason = psprintf(INT64_FORMAT " elements %s", record->elements,
							 record == root ? "" : record->name);
	AddMembers(table, record, "", "", 0);
	return table;
}
