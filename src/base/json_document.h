/*
 * json_document.h
 *	  Small JSON documents, such as token answers; never the records of a source.
 */
#ifndef ELT_BASE_JSON_DOCUMENT_H
#define ELT_BASE_JSON_DOCUMENT_H

#include "postgres.h"

typedef struct JsonDocument JsonDocument;

/*
 * Parse one JSON value of null-terminated UTF-8 text. It lives in the current memory context.
 * NULL with *problem set when the text is not valid.
 */
extern JsonDocument *JsonDocumentParse(const char *text, size_t length, const char **problem);

/* The string or number that the root object has as a member, palloc'd; NULL for all else. */
extern char *JsonDocumentText(const JsonDocument *document, const char *member);

#endif
