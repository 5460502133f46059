/*
 * workbook.c
 *	  The parts of an Excel workbook (.xlsx) that the cells of a sheet refer to.
 *
 * A workbook is a zip archive of XML documents. Which one is what, relationships say.
 */
#include "postgres.h"

#include "decode/workbook.h"

#include "base/errors.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"

#define MAX_STYLES 100000
#define SHEETS_SHOWN 20

typedef struct Relationship
{
	char	   *id;
	char	   *type;			/* behind the last slash of its address */
	char	   *target;
} Relationship;

typedef struct SheetEntry
{
	char	   *name;
	char	   *relation;
} SheetEntry;

/* A format of numbers that the workbook defines. */
typedef struct NumberFormat
{
	long		number;
	SheetShape	shape;
} NumberFormat;

/* ---- elements ---- */

const char *
ElementAttribute(xmlNodePtr node, const char *name)
{
	for (xmlAttrPtr a = node->properties; a != NULL; a = a->next)
		if (strcmp((const char *) a->name, name) == 0)
			return a->children != NULL && a->children->content != NULL ?
				(const char *) a->children->content : "";
	return NULL;
}

bool
IsElement(xmlNodePtr node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && strcmp((const char *) node->name, name) == 0;
}

static int
HexDigits(const char *p)
{
	int			value = 0;

	for (int i = 0; i < 4; i++)
	{
		const char *digit = p[i] == '\0' ? NULL : strchr("0123456789ABCDEF", pg_toupper(p[i]));

		if (digit == NULL)
			return -1;
		value = value * 16 + (digit - "0123456789ABCDEF");
	}
	return value;
}

/* The character that _x000D_ at p stands for; 0: none that text can have. */
static pg_wchar
EscapedCharacter(const char *p)
{
	int			value = p[1] == 'x' ? HexDigits(p + 2) : -1;

	if (value <= 0 || p[6] != '_' || (value >= 0xD800 && value <= 0xDFFF))
		return 0;
	return value;
}

static void
AppendUnescaped(StringInfo text, const char *content)
{
	const char *p;

	while ((p = strstr(content, "_x")) != NULL)
	{
		pg_wchar	character = EscapedCharacter(p);
		unsigned char utf8[8];

		appendBinaryStringInfo(text, content, p - content);
		content = p + (character != 0 ? 7 : 2);
		if (character == 0)
			appendBinaryStringInfo(text, p, 2);
		else
			appendBinaryStringInfo(text, (char *) unicode_to_utf8(character, utf8),
								   pg_utf_mblen(utf8));
	}
	appendStringInfoString(text, content);
}

void
AppendElementText(StringInfo text, xmlNodePtr node)
{
	for (xmlNodePtr n = node->children; n != NULL; n = n->next)
	{
		if (n->type == XML_ENTITY_REF_NODE)
			XmlReaderFailEntity(node, n);
		if ((n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE) && n->content != NULL)
			AppendUnescaped(text, (const char *) n->content);
	}
}

void
AppendRichText(StringInfo text, xmlNodePtr node)
{
	for (xmlNodePtr n = node->children; n != NULL; n = n->next)
	{
		if (IsElement(n, "t"))
			AppendElementText(text, n);
		if (IsElement(n, "r"))
			AppendRichText(text, n);
	}
}

/* ---- parts ---- */

pg_attribute_noreturn()
static void
RaiseNoWorkbook(const char *part)
{
	ereport(ERROR,
			(errcode(ERRCODE_ELT_BAD_PAGE),
			 errmsg("page is not an Excel workbook"),
			 errdetail("It has no part \"%s\".", part),
			 errhint("Only workbooks of the form .xlsx can be read.")));
	pg_unreachable();
}

void
WorkbookOpenPart(XmlReader *reader, ByteSource *source, const char *part)
{
	if (!source->select(source->state, part))
		RaiseNoWorkbook(part);
	XmlReaderOpen(reader, source);
}

/* The next element that begins, of this name; NULL at the end of the part. */
static xmlNodePtr
NextElement(XmlReader *reader, const char *name)
{
	xmlNodePtr	node;

	while ((node = XmlReaderNext(reader)) != NULL)
		if (IsElement(node, name) && !XmlReaderAtEnd(reader))
			return node;
	return NULL;
}

/* The part that a target of a relationship of part means. */
static char *
ResolveTarget(const char *part, const char *target)
{
	const char *slash = strrchr(part, '/');
	int			len = slash ? slash - part + 1 : 0;

	if (target[0] == '/')
		return pstrdup(target + 1);
	while (strncmp(target, "../", 3) == 0 && len > 0)
	{
		target += 3;
		for (len--; len > 0 && part[len - 1] != '/'; len--)
			;
	}
	return psprintf("%.*s%s", len, part, target);
}

static char *
CopyOf(const char *text)
{
	return pstrdup(text ? text : "");
}

/* Of a part; of the workbook as a whole, part is empty. */
static List *
ReadRelationships(XmlReader *reader, ByteSource *source, const char *part)
{
	const char *slash = strrchr(part, '/');
	const char *name = slash ? slash + 1 : part;
	List	   *result = NIL;
	xmlNodePtr	node;

	WorkbookOpenPart(reader, source, psprintf("%.*s_rels/%s.rels", (int) (name - part), part, name));
	while ((node = NextElement(reader, "Relationship")) != NULL)
	{
		Relationship *r = palloc(sizeof(Relationship));
		const char *type = ElementAttribute(node, "Type");
		const char *target = ElementAttribute(node, "Target");

		CHECK_FOR_INTERRUPTS();
		r->id = CopyOf(ElementAttribute(node, "Id"));
		r->type = CopyOf(type && strrchr(type, '/') ? strrchr(type, '/') + 1 : type);
		r->target = ResolveTarget(part, target ? target : "");
		result = lappend(result, r);
	}
	return result;
}

/* The target of the first relationship of this type, or NULL. */
static char *
TargetOfType(List *relationships, const char *type)
{
	ListCell   *lc;

	foreach(lc, relationships)
	{
		Relationship *r = lfirst(lc);

		if (strcmp(r->type, type) == 0)
			return r->target;
	}
	return NULL;
}

static char *
TargetOfId(List *relationships, const char *id)
{
	ListCell   *lc;

	foreach(lc, relationships)
	{
		Relationship *r = lfirst(lc);

		if (strcmp(r->id, id) == 0)
			return r->target;
	}
	return NULL;
}

/* ---- sheets ---- */

static List *
ReadSheets(Workbook *book, XmlReader *reader, ByteSource *source, const char *part)
{
	List	   *sheets = NIL;
	xmlNodePtr	node;

	WorkbookOpenPart(reader, source, part);
	while ((node = XmlReaderNext(reader)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (XmlReaderAtEnd(reader))
			continue;
		if (IsElement(node, "workbookPr"))
		{
			const char *date1904 = ElementAttribute(node, "date1904");

			book->from_1904 = date1904 && (strcmp(date1904, "1") == 0 || strcmp(date1904, "true") == 0);
		}
		if (IsElement(node, "sheet"))
		{
			SheetEntry *sheet = palloc(sizeof(SheetEntry));

			sheet->name = CopyOf(ElementAttribute(node, "name"));
			sheet->relation = CopyOf(ElementAttribute(node, "id"));
			sheets = lappend(sheets, sheet);
		}
	}
	return sheets;
}

static char *
NamesOf(List *sheets)
{
	StringInfoData names;
	ListCell   *lc;

	initStringInfo(&names);
	foreach(lc, sheets)
	{
		SheetEntry *sheet = lfirst(lc);

		if (foreach_current_index(lc) == SHEETS_SHOWN)
			break;
		appendStringInfo(&names, "%s\"%s\"", names.len > 0 ? ", " : "", sheet->name);
	}
	return pg_any_to_server(names.data, names.len, PG_UTF8);
}

/* By name, or else by number. */
static SheetEntry *
FindSheet(List *sheets, const char *wanted)
{
	const char *name = wanted ? pg_server_to_any(wanted, strlen(wanted), PG_UTF8) : NULL;
	long		number = wanted ? strtol(wanted, NULL, 10) : 1;
	bool		numbered = wanted == NULL || strspn(wanted, "0123456789") == strlen(wanted);
	ListCell   *lc;

	foreach(lc, sheets)
		if (name != NULL && strcmp(((SheetEntry *) lfirst(lc))->name, name) == 0)
			return lfirst(lc);
	if (numbered && number >= 1 && number <= list_length(sheets))
		return list_nth(sheets, number - 1);
	ereport(ERROR,
			(errcode(ERRCODE_ELT_BAD_PAGE),
			 wanted ? errmsg("page has no sheet \"%s\"", wanted) : errmsg("page has no sheet"),
			 sheets != NIL ? errdetail("Its sheets are: %s.", NamesOf(sheets)) : 0));
}

/* ---- styles: those of cells refer to formats of numbers ---- */

static SheetShape
ShapeOf(List *formats, long number)
{
	ListCell   *lc;

	foreach(lc, formats)
	{
		NumberFormat *format = lfirst(lc);

		if (format->number == number)
			return format->shape;
	}
	return SheetShapeOfNumber(number);
}

static long
NumberOf(const char *text)
{
	return text ? strtol(text, NULL, 10) : 0;
}

static List *
AddFormat(List *formats, xmlNodePtr node)
{
	const char *code = ElementAttribute(node, "formatCode");
	NumberFormat *format = palloc(sizeof(NumberFormat));

	format->number = NumberOf(ElementAttribute(node, "numFmtId"));
	format->shape = SheetShapeOfCode(code ? code : "");
	return lappend(formats, format);
}

static void
AddStyle(Workbook *book, SheetShape shape)
{
	if (book->nstyles == MAX_STYLES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("workbook has more than %d styles", MAX_STYLES)));
	if (book->shapes == NULL)
		book->shapes = palloc(64 * sizeof(SheetShape));
	else if (book->nstyles >= 64 && (book->nstyles & (book->nstyles - 1)) == 0)
		book->shapes = repalloc(book->shapes, 2 * book->nstyles * sizeof(SheetShape));
	book->shapes[book->nstyles++] = shape;
}

static void
ReadStyles(Workbook *book, XmlReader *reader, ByteSource *source, const char *part)
{
	List	   *formats = NIL;
	bool		of_cells = false;
	xmlNodePtr	node;

	WorkbookOpenPart(reader, source, part);
	while ((node = XmlReaderNext(reader)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (IsElement(node, "cellXfs"))
			of_cells = !XmlReaderAtEnd(reader) && !XmlReaderIsEmpty(reader);
		else if (XmlReaderAtEnd(reader))
			continue;
		else if (IsElement(node, "numFmt") && list_length(formats) < MAX_STYLES)
			formats = AddFormat(formats, node);
		else if (of_cells && IsElement(node, "xf"))
			AddStyle(book, ShapeOf(formats, NumberOf(ElementAttribute(node, "numFmtId"))));
	}
}

static void
ReadStrings(SheetStrings *strings, XmlReader *reader, ByteSource *source, const char *part)
{
	StringInfoData text;
	xmlNodePtr	node;

	initStringInfo(&text);
	WorkbookOpenPart(reader, source, part);
	node = XmlReaderNext(reader);
	while (node != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (!IsElement(node, "si") || XmlReaderAtEnd(reader))
		{
			node = XmlReaderNext(reader);
			continue;
		}
		resetStringInfo(&text);
		AppendRichText(&text, XmlReaderExpand(reader));
		SheetStringsAdd(strings, text.data, text.len);
		node = XmlReaderSkip(reader);
	}
	pfree(text.data);
}

Workbook *
WorkbookRead(XmlReader *reader, ByteSource *source, const char *sheet, SheetStrings *strings)
{
	Workbook   *book = palloc0(sizeof(Workbook));
	char	   *part = TargetOfType(ReadRelationships(reader, source, ""), "officeDocument");
	List	   *relationships;
	List	   *sheets;
	char	   *styles;
	char	   *shared;

	if (part == NULL)
		RaiseNoWorkbook("workbook.xml");
	relationships = ReadRelationships(reader, source, part);
	sheets = ReadSheets(book, reader, source, part);
	book->sheet = TargetOfId(relationships, FindSheet(sheets, sheet)->relation);
	if (book->sheet == NULL)
		RaiseNoWorkbook("worksheet");
	styles = TargetOfType(relationships, "styles");
	if (styles != NULL)
		ReadStyles(book, reader, source, styles);
	SheetStringsClear(strings);
	shared = TargetOfType(relationships, "sharedStrings");
	if (shared != NULL)
		ReadStrings(strings, reader, source, shared);
	return book;
}
