/*
 * xml_tree.h
 *	  The paths of records and columns in an XML page, as a tree of elements.
 *
 * A path names elements and, as its last step, an attribute with @. A name without a prefix is
 * that of an element in any namespace; with a prefix it is the name as the document writes it.
 */
#ifndef ELT_DECODE_XML_TREE_H
#define ELT_DECODE_XML_TREE_H

#include "postgres.h"

#include <libxml/tree.h>

#include "decode/convert.h"
#include "decode/decode_spec.h"
#include "lib/stringinfo.h"

typedef enum XmlColumnKind
{
	XML_COLUMN_VALUE,
	XML_COLUMN_PARAM,			/* the same in all rows of a page */
	XML_COLUMN_LINE,			/* the line on which the record begins */
	XML_COLUMN_ARRIVAL			/* the order of arrival */
} XmlColumnKind;

typedef struct XmlColumn
{
	XmlColumnKind kind;
	Converter	converter;
	const char *constant;		/* of a param */
	bool		is_text;		/* an empty element is an empty text, else null */
	bool		is_array;		/* it takes all elements of its name */
	bool		is_markup;		/* of type xml: it takes the element itself */
	bool		is_outside;		/* its value stands outside of the record */

	/* the value at hand */
	int			count;			/* elements or attributes that have it */
	bool		isnull;
	const char *text;			/* of the page's document, or in buffer */
	size_t		len;
	StringInfoData buffer;
	bool		present;		/* it was seen in this page */
} XmlColumn;

typedef struct XmlName
{
	const char *prefix;			/* NULL: any */
	const char *local;
} XmlName;

/* An element, or an attribute, that a path leads to. */
typedef struct XmlStep
{
	XmlName		name;
	bool		is_attribute;
	bool		repeats;		/* [*]: of its parent's elements each of this name */
	bool		on_way;			/* to the records, or one of them */
	bool		is_record;
	bool		above_record;	/* its columns are those of several records */
	int			nsteps;
	struct XmlStep **steps;		/* below it */
	int			ncolumns;
	XmlColumn **columns;		/* that take its value */
	struct XmlUnknown *unknown; /* what is in it besides; NULL: it is not tracked */
} XmlStep;

typedef struct XmlTree
{
	const char *records_text;
	XmlStep    *root;			/* its steps are the document's root element */
	XmlStep    *record;
	int			ncolumns;
	XmlColumn  *columns;
} XmlTree;

/* Check paths and columns, with errors that name them. */
extern XmlTree *XmlTreeCreate(const DecodeSpec *spec);

/* The step below step for this element or attribute, or NULL. */
extern XmlStep *XmlStepBelow(const XmlStep *step, const xmlNode *node);

/* Forget the values of all columns at and below step. */
extern void XmlStepForget(XmlStep *step);

#endif
