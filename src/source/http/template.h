/*
 * template.h
 *	  Text with {placeholders}: a source's path and query.
 *
 * A brace that is meant literally is written twice.
 */
#ifndef ELT_SOURCE_HTTP_TEMPLATE_H
#define ELT_SOURCE_HTTP_TEMPLATE_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

/* How many bytes of text are the name of a placeholder. */
extern size_t PlaceholderNameLength(const char *text);

/* The value of a placeholder. */
typedef const char *(*TemplateValue) (const char *name, void *arg);

/* Names in it (char *), each once. On a stray brace: NIL and *problem. */
extern List *TemplateNames(const char *text, const char **problem);

/* Append text to out, each {name} replaced by value(name, arg). */
extern void TemplateFill(StringInfo out, const char *text, TemplateValue value, void *arg);
/* The same, percent-encoded. */
extern void TemplateExpand(StringInfo out, const char *text, TemplateValue value, void *arg);

#endif
