/*
 * xml_reader.h
 *	  Read an XML page element by element with libxml2's reader.
 *
 * Entities are not expanded and nothing outside of the page is read: a document that declares
 * entities or refers to one is at fault. Errors are raised here, after libxml2 has returned.
 */
#ifndef ELT_DECODE_XML_READER_H
#define ELT_DECODE_XML_READER_H

#include "postgres.h"

#include <libxml/xmlreader.h>

#include "base/compat.h"
#include "decode/byte_source.h"

typedef struct XmlReader XmlReader;

/* In the current memory context. An element that is expanded may have record_memory bytes. */
extern XmlReader *XmlReaderCreate(size_t record_memory);
/* Begin a page. */
extern void XmlReaderOpen(XmlReader *r, ByteSource *source);

/* The next beginning or end of an element or text between elements; NULL at the end of the page. */
extern xmlNodePtr XmlReaderNext(XmlReader *r);
/* The element at hand with all that is in it, until the reader goes on. */
extern xmlNodePtr XmlReaderExpand(XmlReader *r);
/* Go on behind the element at hand; as XmlReaderNext. */
extern xmlNodePtr XmlReaderSkip(XmlReader *r);

/* Is it the end of the element at hand? One without content has none. */
extern bool XmlReaderAtEnd(const XmlReader *r);
extern bool XmlReaderIsEmpty(const XmlReader *r);

/* The markup of an element that is expanded, until the next call. */
extern const char *XmlReaderMarkup(XmlReader *r, xmlNodePtr node, size_t *len);

/* Raise an error about the page, at a node of it. */
extern void XmlReaderFail(xmlNodePtr node, char *message) pg_attribute_noreturn();
extern void XmlReaderFailEntity(xmlNodePtr node, const xmlNode *reference) pg_attribute_noreturn();

#endif
