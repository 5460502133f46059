/*
 * xml_outside.h
 *	  Values outside of an XML record, kept as text with it so that it can be decoded alone.
 */
#ifndef ELT_DECODE_XML_OUTSIDE_H
#define ELT_DECODE_XML_OUTSIDE_H

#include "decode/row_batch.h"
#include "decode/xml_tree.h"

/*
 * The values of columns that stand outside of the record, as a JSON object by column; *result stays
 * as it is when there are none. False when they cannot be stored.
 */
extern bool XmlOutsideText(const XmlTree *tree, RowBatch *batch, const char **result);

/* Set them from such a text, or from NULL. */
extern void XmlTakeOutside(XmlTree *tree, const char *text);

/* Declare at an element the namespaces that elements around it declare. */
extern void XmlDeclareNamespaces(xmlNodePtr node);

#endif
