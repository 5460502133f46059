/*
 * read_xml.h
 *	  Read a sample of XML, and find the element that repeats.
 */
#ifndef ELT_INFER_READ_XML_H
#define ELT_INFER_READ_XML_H

#include "postgres.h"
#include "infer/infer_type.h"
#include "infer/layout.h"

/*
 * Members are elements, and attributes under their names with @. A member has as many arrays as there
 * are elements in which it repeats.
 */
extern void ReadXmlSample(ShapeNode *root, ByteSource *source);
/* Add a record alone. */
extern void ShapeAddXml(ShapeNode *root, const char *text, size_t len);
/* The type of a column that reads the element or attribute. */
extern InferredType InferXmlType(const ShapeNode *node, const char *column);
extern InferredTable *LayoutOfXml(const ShapeNode *root, const char *name);

#endif
