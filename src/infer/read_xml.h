/*
 * read_xml.h
 *	  Read a sample of XML, and find the element that repeats.
 */
#ifndef ELT_INFER_READ_XML_H
#define ELT_INFER_READ_XML_H

#include "postgres.h"
#include "infer/layout.h"

/*
 * Members are elements, and attributes under their names with @. A member has as many arrays as there
 * are elements in which it repeats.
 */
extern void ReadXmlSample(ShapeNode *root, ByteSource *source);
extern InferredTable *LayoutOfXml(const ShapeNode *root, const char *name);

#endif
