/*
 * xml_value.h
 *	  Take the values of columns from elements and attributes of an XML page.
 */
#ifndef ELT_DECODE_XML_VALUE_H
#define ELT_DECODE_XML_VALUE_H

#include "decode/xml_reader.h"
#include "decode/xml_tree.h"

/* Those of an element with all that is in it, and those of its attributes alone. */
extern void XmlTakeElement(XmlReader *r, XmlStep *step, xmlNodePtr node);
extern void XmlTakeAttributes(XmlReader *r, XmlStep *step, xmlNodePtr node);

/* Copy the values at and below step, because the document lets go of them when the reader goes on. */
extern void XmlKeepValues(XmlStep *step);

#endif
