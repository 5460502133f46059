/*
 * workbook.h
 *	  The parts of an Excel workbook (.xlsx) that the cells of a sheet refer to.
 */
#ifndef ELT_DECODE_WORKBOOK_H
#define ELT_DECODE_WORKBOOK_H

#include "postgres.h"
#include "decode/byte_source.h"
#include "decode/sheet_strings.h"
#include "decode/sheet_time.h"
#include "decode/xml_reader.h"

typedef struct Workbook
{
	char	   *sheet;			/* part of the sheet */
	bool		from_1904;		/* what day 0 is */
	int			nstyles;
	SheetShape *shapes;			/* by style */
} Workbook;

/*
 * Read what there is besides the cells of a sheet, which is named or numbered from 1; NULL: the first.
 * The result is in the current memory context. Raises an error when the page is no workbook.
 */
extern Workbook *WorkbookRead(XmlReader *reader, ByteSource *source, const char *sheet,
							  SheetStrings *strings);

/* Go on with a part, and its first node. */
extern void WorkbookOpenPart(XmlReader *reader, ByteSource *source, const char *part);

/* ---- elements ---- */

/* The value of an attribute, or NULL. */
extern const char *ElementAttribute(xmlNodePtr node, const char *name);
extern bool IsElement(xmlNodePtr node, const char *name);
/* Append the text in an element, with characters that are written as _x000D_. */
extern void AppendElementText(StringInfo text, xmlNodePtr node);
/* The same of a string, which consists of a text or of several with formats of their own. */
extern void AppendRichText(StringInfo text, xmlNodePtr node);

#endif
