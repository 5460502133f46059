/*
 * body_template.h
 *	  A JSON object with {placeholders}, the body of a request.
 *
 * A placeholder is a name between braces; no JSON has that outside of its strings. Inside a
 * string its value is escaped; elsewhere it must be a number, true, false or null.
 */
#ifndef ELT_SOURCE_HTTP_BODY_TEMPLATE_H
#define ELT_SOURCE_HTTP_BODY_TEMPLATE_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "source/http/template.h"

/* Names in it (char *), each once. */
extern List *BodyNames(const char *text);

/* *unfit: the name of a placeholder whose value does not fit where it stands; else untouched. */
extern char *BodyExpand(const char *text, TemplateValue value, void *arg, const char **unfit);

/* Is it a JSON object, with any number in place of each placeholder? */
extern bool BodyIsObject(const char *text);

#endif
